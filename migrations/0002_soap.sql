-- Where a station's own SOAP service listens, when the address that it gives is not the one to use.
alter table stations add column callback_url text;
