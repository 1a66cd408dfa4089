-- What a link without a connection (SOAP) has to know of its station after a restart.
alter table stations add column link_state json;
