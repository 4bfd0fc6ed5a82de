-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
CREATE TABLE `domain` (
  `domain` varchar(255) NOT NULL,
  `description` varchar(255) DEFAULT NULL,
  `aliases` int NOT NULL DEFAULT '0',
  `mailboxes` int NOT NULL DEFAULT '0',
  `quota` bigint NOT NULL DEFAULT '102400',
  `backupmx` tinyint(1) NOT NULL DEFAULT '0',
  `active` tinyint(1) NOT NULL DEFAULT '1',
  PRIMARY KEY (`domain`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;
INSERT INTO `domain` VALUES ('a.example',NULL,400,10,10240,0,1),('back.example','Backup',0,0,0,1,1);
CREATE TABLE `alias_domain` (`alias_domain` varchar(255) NOT NULL, `target_domain` varchar(255) NOT NULL, `active` tinyint(1) NOT NULL DEFAULT '1');
INSERT INTO `alias_domain` VALUES ('twin.example','a.example',1);
CREATE TABLE `mailbox` (
  `username` varchar(255) NOT NULL,
  `password` varchar(255) NOT NULL,
  `name` varchar(255) DEFAULT NULL,
  `quota` bigint NOT NULL DEFAULT '102400',
  `attributes` json DEFAULT NULL,
  `kind` varchar(100) NOT NULL DEFAULT '',
  `active` tinyint(1) NOT NULL DEFAULT '1',
  PRIMARY KEY (`username`),
  KEY `kind` (`kind`)
);
INSERT INTO `mailbox` VALUES ('ann@a.example','{B}x','Ann',3221225472,'{\"pop3_access\": \"0\", \"imap_access\": \"1\", \"sieve_access\": \"0\"}','',1),('bob@a.example','{B}x',NULL,0,NULL,'',2),('car@a.example','','Car',0,'{}','thing',1),('odd@a.example','{B}x','Odd',0,'{broken','',0);
CREATE TABLE `alias` (`id` int NOT NULL AUTO_INCREMENT, `address` varchar(255) NOT NULL, `goto` text NOT NULL, `active` tinyint(1) NOT NULL DEFAULT '1', PRIMARY KEY (`id`), UNIQUE KEY `address` (`address`));
INSERT INTO `alias` VALUES (1,'ann@a.example','ann@a.example',1),(2,'sales@a.example','ann@a.example,bob@a.example',1),(3,'trash@a.example','null@localhost',1);
CREATE TABLE `sender_acl` (`id` int NOT NULL, `logged_in_as` varchar(255) NOT NULL, `send_as` varchar(255) NOT NULL, `external` tinyint(1) NOT NULL DEFAULT '0');
INSERT INTO `sender_acl` VALUES (1,'ann@a.example','sales@a.example',0),(2,'ann@a.example','@twin.example',0),(3,'bob@a.example','*',0),(4,'gone@a.example','x@a.example',0);
CREATE TABLE `spamalias` (`address` varchar(255) NOT NULL, `goto` text NOT NULL, `validity` int NOT NULL);
INSERT INTO `spamalias` VALUES ('k3j2@a.example','ann@a.example',1893456000);
CREATE TABLE `admin` (`username` varchar(255) NOT NULL, `superadmin` tinyint(1) NOT NULL DEFAULT '0', `active` tinyint(1) NOT NULL DEFAULT '1');
INSERT INTO `admin` VALUES ('moo',1,1),('dom',0,1);
CREATE TABLE `domain_admins` (`username` varchar(255) NOT NULL, `domain` varchar(255) NOT NULL);
INSERT INTO `domain_admins` VALUES ('dom','a.example');
CREATE TABLE `imapsync` (`id` int NOT NULL);
INSERT INTO `imapsync` VALUES (1),(2);
CREATE TABLE `logs` (`id` int NOT NULL, `text` text);
INSERT INTO `logs` VALUES (1,'it\'s (a trap); INSERT INTO `domain` VALUES (1)');
