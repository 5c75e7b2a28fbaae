using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Disposition;

public sealed class ReplyPatternsTests
{
    [Theory]

    // Each action, by its word.
    [InlineData("/x/ mode=backoff", ReplyActions.Backoff)]
    [InlineData("/x/ mode=normal", ReplyActions.Normal)]
    [InlineData("/x/ skip-mx", ReplyActions.SkipMx)]
    [InlineData("/x/ bounce-queue", ReplyActions.BounceQueue)]
    [InlineData("/x/ bounce-rcpt", ReplyActions.BounceRecipient)]
    [InlineData("/x/ disable-source-ip", ReplyActions.DisableSourceAddress)]
    [InlineData("/x/ defer-queue", ReplyActions.DeferQueue)]
    [InlineData("/x/ mode=backoff,skip-mx,disable-source-ip", ReplyActions.Backoff | ReplyActions.SkipMx | ReplyActions.DisableSourceAddress)]

    // What does not match leads to nothing.
    [InlineData("/y/ bounce-queue", ReplyActions.None)]

    // Actions of several rules add up, as long as they do not conflict; of those that do, the first counts.
    [InlineData("/x/ mode=backoff|/x/ skip-mx", ReplyActions.Backoff | ReplyActions.SkipMx)]
    [InlineData("/x/ mode=backoff|/x/ mode=normal", ReplyActions.Backoff)]
    [InlineData("/x/ mode=normal|/x/ mode=backoff", ReplyActions.Normal)]
    [InlineData("/y/ mode=normal|/x/ mode=backoff", ReplyActions.Backoff)]
    [InlineData("/x/ skip-mx|/x/ bounce-queue", ReplyActions.SkipMx)]
    [InlineData("/x/ bounce-queue|/x/ skip-mx,mode=backoff", ReplyActions.BounceQueue | ReplyActions.Backoff)]
    public void Rules_add_up_and_of_conflicting_actions_the_first_counts(string rules, ReplyActions expected) =>
        Assert.Equal(expected, Of(450, "4.2.0 x", SmtpStage.Rcpt, rules).Actions);

    [Theory]
    [InlineData("/^421 4\\.7\\.0 Too many errors/ skip-mx", 421, "4.7.0 too MANY errors from you", true)]
    [InlineData("/(?-i)Too many/ skip-mx", 421, "4.7.0 too many", false)]
    [InlineData("/^450$/ skip-mx", 450, "", true)]
    [InlineData("// skip-mx", 450, "anything", true)]
    public void A_pattern_sees_the_code_and_the_text_and_ignores_case(string rule, int code, string text, bool matches) =>
        Assert.Equal(matches, Of(code, text, SmtpStage.Rcpt, rule).Actions == ReplyActions.SkipMx);

    [Theory]
    [InlineData(SmtpStage.Rcpt, 450, true)]
    [InlineData(SmtpStage.Rcpt, 550, false)]
    [InlineData(SmtpStage.Mail, 450, false)]
    [InlineData(SmtpStage.EndOfData, 450, false)]
    public void Bounce_rcpt_counts_only_for_a_4xx_to_RCPT(SmtpStage stage, int code, bool counts) =>
        Assert.Equal(
            counts ? ReplyActions.BounceRecipient | ReplyActions.Backoff : ReplyActions.Backoff, Of(code, "x", stage, "/x/ bounce-rcpt,mode=backoff").Actions);

    [Theory]
    [InlineData(SmtpStage.EndOfData, 250, ReplyActions.Normal)]
    [InlineData(SmtpStage.Rcpt, 250, ReplyActions.None)]
    [InlineData(SmtpStage.Greeting, 220, ReplyActions.None)]
    [InlineData(SmtpStage.Data, 354, ReplyActions.None)]
    public void A_reply_that_accepts_can_only_end_backoff_mode_and_only_at_the_end_of_data(SmtpStage stage, int code, ReplyActions expected) =>
        Assert.Equal(expected, Of(code, "not blocked", stage, "/blocked/ skip-mx,mode=backoff|/blocked/ mode=normal").Actions);

    [Theory]
    [InlineData(SmtpStage.Greeting, 554)]
    [InlineData(SmtpStage.Ehlo, 421)]
    [InlineData(SmtpStage.Mail, 550)]
    [InlineData(SmtpStage.Data, 451)]
    [InlineData(SmtpStage.EndOfData, 552)]
    public void A_refusal_is_looked_at_in_every_stage(SmtpStage stage, int code) =>
        Assert.Equal(ReplyActions.SkipMx, Of(code, "blocked", stage, "/blocked/ skip-mx").Actions);

    [Fact]
    public void A_timer_belongs_to_the_rule_that_brought_its_action()
    {
        ReplyConsequence led = Of(
            421, "x", SmtpStage.Mail,
            "/x/ mode=backoff,backoff-to-normal-after=1h|/x/ mode=backoff,backoff-to-normal-after=2h,disable-source-ip,reenable-after=3h|/x/ disable-source-ip");

        Assert.Equal((TimeSpan.FromHours(1), TimeSpan.FromHours(3)), (led.BackoffFor, led.ReenableAfter));
    }

    [Fact]
    public void A_rule_without_a_timer_does_not_get_that_of_a_later_one()
    {
        ReplyConsequence led = Of(421, "x", SmtpStage.Mail, "/x/ mode=backoff|/x/ mode=backoff,backoff-to-normal-after=2h");

        Assert.Equal((ReplyActions.Backoff, null), (led.Actions, led.BackoffFor));
    }

    [Fact]
    public void The_domains_own_rules_come_before_those_of_its_list()
    {
        ReplyConsequence led = ReplyPatterns.Of(new SmtpReply(421, "x"), SmtpStage.Mail, Rules("/x/ mode=normal"), Rules("/x/ mode=backoff,skip-mx"));

        Assert.Equal(ReplyActions.Normal | ReplyActions.SkipMx, led.Actions);
    }

    [Fact]
    public void A_pattern_that_runs_wild_is_given_up_named_and_does_not_keep_the_next_rule_from_counting()
    {
        ReplyConsequence led = Of(450, new string('a', 40) + "!", SmtpStage.Rcpt, "/^450 (a+)+$/ skip-mx|/aaa/ mode=backoff");

        Assert.Equal((ReplyActions.Backoff, "/^450 (a+)+$/"), (led.Actions, led.GivenUp?.ToString()));
    }

    [Fact]
    public void What_stands_behind_two_thousand_characters_is_not_looked_at()
    {
        Assert.Equal(ReplyActions.None, Of(450, new string('a', 3000) + "blocked", SmtpStage.Rcpt, "/blocked/ skip-mx").Actions);
        Assert.Equal(ReplyActions.SkipMx, Of(450, new string('a', 1000) + "blocked", SmtpStage.Rcpt, "/blocked/ skip-mx").Actions);
    }

    [Fact]
    public void What_the_queue_hears_is_the_mode_the_source_and_the_wait_each_with_its_time()
    {
        QueueReaction? reaction = Of(
            421, "x", SmtpStage.Mail, "/x/ mode=backoff,backoff-to-normal-after=1h,disable-source-ip,reenable-after=never,defer-queue").ReactionFor("mx said x");

        Assert.Equal(
            new QueueReaction
            {
                Reason = "mx said x",
                Mode = QueueMode.Backoff,
                BackoffFor = TimeSpan.FromHours(1),
                DisableSource = true,
                ReenableAfter = Timeout.InfiniteTimeSpan,
                DeferQueue = true,
            },
            reaction);
        Assert.Null(Of(450, "x", SmtpStage.Rcpt, "/x/ skip-mx,bounce-rcpt").ReactionFor("x"));
    }

    private static ReplyConsequence Of(int code, string text, SmtpStage stage, string rules) =>
        ReplyPatterns.Of(new SmtpReply(code, text), stage, [], Rules(rules));

    /// <param name="rules">One behind the other, separated by |.</param>
    private static IReadOnlyList<ReplyRule> Rules(string rules)
    {
        string lines = string.Join('\n', rules.Split('|').Select(rule => $"reply {rule}"));
        ConfigLoad load = ConfigFile.LoadText($"postmaster a@example.com\nspool /x\n<smtp-pattern-list Some>\n{lines}\n</smtp-pattern-list>\n");
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        return load.Settings.ReplyLists["SOME"];
    }
}
