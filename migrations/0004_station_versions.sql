-- The versions that a station may connect with: a list of their names; null is every one.
alter table stations add column versions json;
