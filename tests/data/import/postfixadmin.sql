-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: postfix
-- ------------------------------------------------------
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;

DROP TABLE IF EXISTS `admin`;
CREATE TABLE `admin` (
  `username` varchar(255) NOT NULL,
  `password` varchar(255) NOT NULL,
  `created` datetime NOT NULL DEFAULT '2000-01-01 00:00:00',
  `active` tinyint(1) NOT NULL DEFAULT 1,
  `superadmin` tinyint(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COMMENT='who may; who\'s who';

LOCK TABLES `admin` WRITE;
/*!40000 ALTER TABLE `admin` DISABLE KEYS */;
INSERT INTO `admin` VALUES ('boss@a.example','{x}y','2024-01-02 03:04:05',1,1),
('ann@a.example','{x}y','2024-01-02 03:04:05',1,0),
('idle@a.example','{x}y','2024-01-02 03:04:05',0,0);
/*!40000 ALTER TABLE `admin` ENABLE KEYS */;
UNLOCK TABLES;

CREATE TABLE `domain_admins` (
  `username` varchar(255) NOT NULL,
  `domain` varchar(255) NOT NULL,
  KEY `username` (`username`)
);
INSERT INTO `domain_admins` (`domain`, `username`) VALUES ('ALL','boss@a.example');
INSERT INTO `domain_admins` (`domain`, `username`) VALUES ('a.example','ann@a.example'),('b.example','ann@a.example');

CREATE TABLE `domain` (
  `domain` varchar(255) NOT NULL,
  `description` varchar(255) CHARACTER SET utf8mb3 NOT NULL,
  `aliases` int(10) NOT NULL DEFAULT 0,
  `mailboxes` int(10) NOT NULL DEFAULT 0,
  `maxquota` bigint(20) NOT NULL DEFAULT 0,
  `quota` bigint(20) NOT NULL DEFAULT 0,
  `transport` varchar(255) NOT NULL,
  `backupmx` tinyint(1) NOT NULL DEFAULT 0,
  `active` tinyint(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (`domain`)
);
INSERT INTO `domain` VALUES ('ALL','',0,0,0,0,'',0,1),('a.example','Ann\'s \"home\"\nsweet',0,50,0,2048,'virtual',0,1),('b.example','',0,-1,0,0,'uucp:far',0,0),('relay.example','',0,0,0,0,'smtp:[mx.far.example]:25',1,1),('other.example','',0,0,0,0,'virtual',0,1);

CREATE TABLE `alias_domain` (
  `alias_domain` varchar(255) NOT NULL DEFAULT '',
  `target_domain` varchar(255) NOT NULL DEFAULT '',
  `active` tinyint(1) NOT NULL DEFAULT 1
);
INSERT INTO `alias_domain` VALUES ('other.example','a.example',1);

CREATE TABLE `mailbox` (
  `username` varchar(255) NOT NULL,
  `password` varchar(255) NOT NULL,
  `name` varchar(255) NOT NULL,
  `quota` bigint(20) NOT NULL DEFAULT 0,
  `domain` varchar(255) NOT NULL,
  `active` tinyint(1) NOT NULL DEFAULT 1
);
INSERT INTO `mailbox` VALUES ('Ann@a.example','{x}y','Ann O''Neil',1073741824,'a.example',1),('bob@a.example','{x}y','Bob; \\\\ {',0,'a.example',0),('éva@a.example','{x}y','Éva',0,'a.example',1);

CREATE TABLE `alias` (
  `address` varchar(255) NOT NULL,
  `goto` text NOT NULL,
  `domain` varchar(255) NOT NULL,
  `active` tinyint(1) NOT NULL DEFAULT 1
);
INSERT INTO `alias` VALUES ('ann@a.example','ann@a.example','a.example',1),('bob@a.example','bob@a.example,bob@far.example,bob#a.example@autoreply.a.example','a.example',1),('info@a.example','ann@a.example, bob@a.example','a.example',1),('off@a.example','ann@a.example','a.example',0),('@b.example','ann@a.example','b.example',1),('pipe@a.example','root','a.example',1);

CREATE TABLE `fetchmail` (`id` int(11) NOT NULL, `mailbox` varchar(255) NOT NULL);
INSERT INTO `fetchmail` VALUES (1,'ann@a.example');
DELIMITER ;;
CREATE TRIGGER `x` BEFORE INSERT ON `alias` FOR EACH ROW BEGIN INSERT INTO `domain` VALUES ('trap.example'); END ;;
DELIMITER ;
-- Dump completed on 2026-11-20
