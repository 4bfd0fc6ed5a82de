-- SPDX-License-Identifier: ISC
-- 0001_objects.sql - who exists, what each may do, and who changed it.
--
-- Names in braces stand for types that the two databases call differently
-- (schema.c). A list has a table of its own, OBJECTS_SETTING, with one row for
-- each value; so have the policy values of an object, OBJECTS_setting.

-- One row: which changes these tables have seen.
CREATE TABLE generation (
	number {int} NOT NULL
) {strict};
INSERT INTO generation VALUES (1);

CREATE TABLE audit (
	id {serial},
	at {text} NOT NULL,
	who {text} NOT NULL,
	action {text} NOT NULL,
	kind {text} NOT NULL,
	name {text} NOT NULL,
	before {text},
	after {text}
) {strict};
CREATE INDEX audit_name ON audit (kind, name);

CREATE TABLE policies (
	name {text} PRIMARY KEY
) {strict};
CREATE TABLE policies_setting (
	owner {text} NOT NULL
	    REFERENCES policies ON UPDATE CASCADE ON DELETE CASCADE,
	name {text} NOT NULL,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, name, position)
) {strict};

CREATE TABLE classes (
	name {text} PRIMARY KEY,
	description {text}
) {strict};
CREATE TABLE classes_setting (
	owner {text} NOT NULL
	    REFERENCES classes ON UPDATE CASCADE ON DELETE CASCADE,
	name {text} NOT NULL,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, name, position)
) {strict};

CREATE TABLE domains (
	name {text} PRIMARY KEY,
	role {text} NOT NULL,
	alias_of {text} REFERENCES domains ON UPDATE CASCADE,
	relay_to {text},
	class {text} REFERENCES classes ON UPDATE CASCADE,
	status {text} NOT NULL,
	catch_all {text},
	postmaster {text},
	quota {int} NOT NULL,
	max_users {int} NOT NULL,
	description {text}
) {strict};
CREATE INDEX domains_alias_of ON domains (alias_of);
CREATE INDEX domains_class ON domains (class);
CREATE INDEX domains_catch_all ON domains (catch_all);
CREATE INDEX domains_postmaster ON domains (postmaster);
CREATE TABLE domains_setting (
	owner {text} NOT NULL
	    REFERENCES domains ON UPDATE CASCADE ON DELETE CASCADE,
	name {text} NOT NULL,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, name, position)
) {strict};

CREATE TABLE users (
	address {text} PRIMARY KEY,
	name {text},
	class {text} REFERENCES classes ON UPDATE CASCADE,
	status {text} NOT NULL,
	quota {int} NOT NULL,
	smtp {bool} NOT NULL,
	imap {bool} NOT NULL,
	pop3 {bool} NOT NULL,
	managesieve {bool} NOT NULL,
	description {text},
	domain {text} NOT NULL REFERENCES domains ON UPDATE CASCADE
) {strict};
CREATE INDEX users_domain ON users (domain, address);
CREATE INDEX users_class ON users (class);
CREATE TABLE users_setting (
	owner {text} NOT NULL
	    REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE,
	name {text} NOT NULL,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, name, position)
) {strict};

CREATE TABLE identities (
	login {text} NOT NULL REFERENCES users ON UPDATE CASCADE,
	address {text} NOT NULL,
	description {text},
	PRIMARY KEY (login, address)
) {strict};
CREATE INDEX identities_address ON identities (address);

CREATE TABLE aliases (
	address {text} PRIMARY KEY,
	status {text} NOT NULL,
	expires {text},
	extension {bool} NOT NULL,
	description {text},
	domain {text} NOT NULL REFERENCES domains ON UPDATE CASCADE
) {strict};
CREATE INDEX aliases_domain ON aliases (domain, address);
CREATE TABLE aliases_to (
	owner {text} NOT NULL
	    REFERENCES aliases ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE INDEX aliases_to_value ON aliases_to (value);

CREATE TABLE access_entries (
	name {text} PRIMARY KEY,
	action {text} NOT NULL,
	text {text},
	final {bool} NOT NULL
) {strict};
CREATE TABLE access_entries_for (
	owner {text} NOT NULL
	    REFERENCES access_entries ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE INDEX access_entries_for_value ON access_entries_for (value);
CREATE TABLE access_entries_client (
	owner {text} NOT NULL
	    REFERENCES access_entries ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE TABLE access_entries_login (
	owner {text} NOT NULL
	    REFERENCES access_entries ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE TABLE access_entries_sender (
	owner {text} NOT NULL
	    REFERENCES access_entries ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE TABLE access_entries_recipient (
	owner {text} NOT NULL
	    REFERENCES access_entries ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE TABLE access_entries_helo (
	owner {text} NOT NULL
	    REFERENCES access_entries ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};

CREATE TABLE throttles (
	name {text} PRIMARY KEY,
	unit {text} NOT NULL,
	per {text} NOT NULL,
	direction {text} NOT NULL,
	action {text} NOT NULL,
	soft {int} NOT NULL
) {strict};
CREATE TABLE throttles_limit (
	owner {text} NOT NULL
	    REFERENCES throttles ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};

CREATE TABLE dkim_keys (
	domain {text} NOT NULL REFERENCES domains ON UPDATE CASCADE,
	selector {text} NOT NULL,
	file {text} NOT NULL,
	state {text} NOT NULL,
	PRIMARY KEY (domain, selector)
) {strict};

CREATE TABLE disclaimers (
	name {text} PRIMARY KEY,
	text {text} NOT NULL,
	html {text}
) {strict};
CREATE TABLE disclaimers_for (
	owner {text} NOT NULL
	    REFERENCES disclaimers ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE INDEX disclaimers_for_value ON disclaimers_for (value);

CREATE TABLE header_rules (
	name {text} PRIMARY KEY,
	field {text} NOT NULL,
	action {text} NOT NULL,
	value {text}
) {strict};
CREATE TABLE header_rules_for (
	owner {text} NOT NULL
	    REFERENCES header_rules ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL,
	PRIMARY KEY (owner, position)
) {strict};
CREATE INDEX header_rules_for_value ON header_rules_for (value);

CREATE TABLE admins (
	login {text} PRIMARY KEY,
	role {text} NOT NULL,
	status {text} NOT NULL,
	description {text}
) {strict};
CREATE TABLE admins_domains (
	owner {text} NOT NULL
	    REFERENCES admins ON UPDATE CASCADE ON DELETE CASCADE,
	position {int} NOT NULL,
	value {text} NOT NULL REFERENCES domains ON UPDATE CASCADE,
	PRIMARY KEY (owner, position)
) {strict};
CREATE INDEX admins_domains_value ON admins_domains (value);
