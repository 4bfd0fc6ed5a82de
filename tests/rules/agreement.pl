# SPDX-License-Identifier: ISC
# agreement.pl - which rules Mail::SpamAssassin hits: paths of messages on standard
# input, for each one line "PATH TAB RULE RULE ..." with the inner ones.
use strict;
use warnings;
use Mail::SpamAssassin;

my ($rules, $site, $home) = @ARGV;
my $judge = Mail::SpamAssassin->new({
	local_tests_only => 1, dont_copy_prefs => 1,
	userprefs_filename => '/dev/null', home_dir_for_helpers => $home,
	DEF_RULES_DIR => $rules, LOCAL_RULES_DIR => $site,
	LOCAL_STATE_DIR => "$home/none",
	post_config_text => "use_bayes 0\ndns_available no\n",
});
$judge->init(1);
$| = 1;
while (my $path = <STDIN>) {
	chomp $path;
	open my $file, '<:raw', $path or die "$path: $!";
	my $message = $judge->parse(do { local $/; <$file> }, 1);
	my $status = $judge->check($message);
	my @names = (split(/,/, $status->get_names_of_tests_hit()),
	    split(/,/, $status->get_names_of_subtests_hit()));
	s/\(\d+\)$// for @names;
	print "$path\t@names\n";
	$status->finish();
	$message->finish();
}
