-- Two accounts: one owns the tables and changes them at an upgrade, the other runs the
-- web and the worker and may not rewrite what only grows. Run as a superuser, in the
-- database of Engage, before the first `flask db upgrade`; run it again after every
-- upgrade. Both accounts sign in over the local socket by the name of their system user
-- (pg_ident.conf), so that neither needs a password.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'engage_owner') THEN
        CREATE ROLE engage_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'engage_app') THEN
        CREATE ROLE engage_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO engage_owner;
GRANT USAGE ON SCHEMA public TO engage_app;

ALTER DEFAULT PRIVILEGES FOR ROLE engage_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO engage_app;
ALTER DEFAULT PRIVILEGES FOR ROLE engage_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO engage_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO engage_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO engage_app;

-- What only grows; where rows go after some years, a second trigger, "stays", keeps the
-- young ones. Before the first upgrade there are no tables yet.
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT relname, bool_or(tgname = relname || '_stays') AS goes
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE tgname IN (relname || '_only_grows', relname || '_stays') GROUP BY relname
    LOOP
        EXECUTE format('REVOKE UPDATE, TRUNCATE ON %I FROM engage_app', one.relname);
        IF NOT one.goes THEN
            EXECUTE format('REVOKE DELETE ON %I FROM engage_app', one.relname);
        END IF;
    END LOOP;
END $$;
