using CsCheck;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>The language of reactions: what is written is read, what is printed reads back, and nonsense is told.</summary>
public sealed class ReplyReactionTests
{
    [Fact]
    public void Every_legal_reaction_reads_back_as_it_was_printed()
    {
        Gen<ReplyReaction> reactions = Gen.Select(Gen.Int[0, (1 << 14) - 1], Gen.Int[1, 200_000], Gen.Int[1, 5000], Gen.Int[0, 7], Make);
        reactions.Where(r => Read($"/x/ {r}", scope: null, out _) is not null).Sample(
            reaction =>
            {
                Assert.Equal(reaction, Read($"/x/ {reaction}", scope: null, out string fault));
                Assert.Equal("", fault);
            },
            iter: 3000);
    }

    [Fact]
    public void Every_shipped_rule_reads_back_as_it_was_printed()
    {
        var reading = new ValueReading("/");
        Assert.All(ProviderTable.Shipped.Providers.SelectMany(p => p.Replies), rule =>
        {
            Assert.True(ProviderReply.Form.TryRead(ProviderReply.Form.Print(rule), reading, out object? read), reading.Fault);
            Assert.Equal(rule with { Provider = "", Samples = [] }, (ProviderReply)read! with { Samples = [] });
        });
        Assert.All(ProviderTable.Shipped.Providers.SelectMany(p => p.Replies).SelectMany(r => r.Samples), sample =>
        {
            Assert.True(ReplySample.Form.TryRead(ReplySample.Form.Print(sample), reading, out object? read), reading.Fault);
            Assert.Equal(sample, read);
        });
    }

    [Fact]
    public void Words_may_stand_in_any_order_and_case()
    {
        ReplyReaction? reaction = Read("/x/ FOR=1h, rate=Half, Threshold=3/10m, connections=2,alert", scope: null, out _);

        Assert.Equal("alert,connections=2,rate=half,for=1h,threshold=3/10m", reaction?.ToString());
        Assert.Null(reaction!.Rate);
        Assert.Equal(2, reaction.Connections);
        Assert.Equal(new Rate(3, TimeSpan.FromMinutes(10)), reaction.Threshold);
    }

    [Theory]
    [InlineData("source-ip", "fail,retry", "retry cannot stand beside fail in one rule; keep one of them")]
    [InlineData("source-ip", "retry=1h,suspend=1h", "suspend cannot stand beside retry in one rule; keep one of them")]
    [InlineData("connection", "reconnect,retry", "retry cannot stand beside reconnect in one rule; keep one of them")]
    [InlineData("source-ip", "same-source,disable-source-ip", "disable-source-ip cannot stand beside same-source in one rule; keep one of them")]
    [InlineData("source-ip", "recover=gradual", "recover=gradual follows a wait; put suspend=TIME beside it")]
    [InlineData("source-ip", "connections=1", "connections holds for a time; put for=TIME beside it")]
    [InlineData("source-ip", "retry,for=1h", "for=TIME belongs beside connections, rate or messages")]
    [InlineData("source-ip", "retry,reenable-after=1h", "reenable-after belongs beside disable-source-ip")]
    [InlineData("source-ip", "suspend=1h,suspend=2h", "suspend is given twice in one rule")]
    [InlineData("source-ip", "suspend=0", "the time is zero; leave the word out, or write a time such as 10m")]
    [InlineData("source-ip", "suspend=soon", "\"soon\" is not a time such as 4d12h, 10m or 300s")]
    [InlineData("source-ip", "recover=fast,suspend=1h", "recover=\"fast\" is not known; write recover=gradual")]
    [InlineData("source-ip", "connections=0,for=1h", "0 is less than 1")]
    [InlineData("source-ip", "rate=unlimited,for=1h", "\"unlimited\" limits nothing; write a number and a time such as 60/h")]
    [InlineData("source-ip", "threshold=3/10m", "nothing is done; write what, such as suspend=10m, retry, fail or alert")]
    [InlineData("source-ip", "suspnd=1h", "\"suspnd=1h\" is not a reaction; did you mean \"suspend=TIME\"?")]
    [InlineData("source-ip", "mode=backoff", "\"mode=backoff\" is not a reaction; they are suspend=TIME, recover=gradual,")]
    [InlineData("recipient", "suspend=1h", "suspend cannot act on a recipient, which is over with the attempt; write retry=TIME, or a wider scope")]
    [InlineData("message", "rate=1/m,for=1h", "rate cannot act on a message, which is over with the attempt; write retry=TIME, or a wider scope")]
    [InlineData("session", "disable-source-ip", "disable-source-ip needs the scope source-ip or source-net, not session")]
    [InlineData("source-ip", "reconnect", "reconnect needs the scope connection or session, not source-ip")]
    public void A_reaction_without_sense_is_told(string scope, string words, string complaint)
    {
        Assert.Null(Read($"/x/ {words}", scope, out string fault));
        Assert.StartsWith(complaint, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x/ suspend=1h,scope=dkim-domain")]
    [InlineData("/x/ mode=backoff,backoff-to-normal-after=1h,recover=gradual,threshold=5/10m")]
    [InlineData("/x/ temporary,retry=2h")]
    [InlineData("/x/ skip-mx,temporary")]
    [InlineData("/x/ disable-source-ip,reenable-after=never,alert")]
    [InlineData("/x/ connections=half,for=30m,category=our.own")]
    public void A_users_rule_may_use_the_same_words(string line)
    {
        var reading = new ValueReading("/");

        Assert.True(ReplyRule.Form.TryRead(line, reading, out object? rule), reading.Fault);
        Assert.Equal(line, ReplyRule.Form.Print(rule!));
    }

    [Fact]
    public void A_rule_that_PowerMTA_reads_has_no_reaction_of_ours()
    {
        var reading = new ValueReading("/");

        Assert.True(ReplyRule.Form.TryRead("/x/ mode=backoff,skip-mx,disable-source-ip,reenable-after=1h,defer-queue", reading, out object? read));

        var rule = (ReplyRule)read!;
        Assert.True(rule.Reaction.IsNone);
        Assert.Null(rule.Scope);
        Assert.Equal(TimeSpan.FromHours(1), rule.ReenableAfter);
        Assert.Equal(ReplyActions.Backoff | ReplyActions.SkipMx | ReplyActions.DisableSourceAddress | ReplyActions.DeferQueue, rule.Actions);
    }

    [Theory]
    [InlineData("/x/ next-host", "next-host is written skip-mx here")]
    [InlineData("/x/ scope=source-ip,mode=backoff", "scope says what waits or is slowed; put suspend=TIME or a limit beside it, or leave it out")]
    [InlineData("/x/ suspend=1h,scope=recipient", "scope=recipient is over with the attempt: nothing of it can wait or be slowed")]
    [InlineData("/x/ suspend=1h,scope=planet", "\"planet\" is none of: source-ip, source-net,")]
    [InlineData("/x/ suspend=1h,scope=host,scope=host", "scope is given twice in one rule")]
    [InlineData("/x/ threshold=3/h", "nothing is done; write an action such as mode=backoff")]
    [InlineData("/x/ bounce-queue,temporary", "bounce-queue and temporary contradict each other; keep one of them")]
    [InlineData("/x/ defer-queue,suspend=1h", "defer-queue and suspend contradict each other; keep one of them")]
    [InlineData("/x/ skip-mx,fail", "skip-mx and fail contradict each other; keep one of them")]
    public void A_users_rule_without_sense_is_told(string line, string complaint)
    {
        var reading = new ValueReading("/");

        Assert.False(ReplyRule.Form.TryRead(line, reading, out _));
        Assert.StartsWith(complaint, reading.Fault, StringComparison.Ordinal);
    }

    /// <summary>Reads a reaction as a user's rule does, or as a provider's rule of the given scope; null when it is refused.</summary>
    private static ReplyReaction? Read(string text, string? scope, out string fault)
    {
        var reading = new ValueReading("/");
        object? value;
        bool fine = scope is null ? ReplyRule.Form.TryRead(text, reading, out value) : ProviderReply.Form.TryRead($"id rate {scope} {text}", reading, out value);
        fault = reading.Fault;
        return !fine ? null : value is ReplyRule rule ? rule.Reaction : ((ProviderReply)value!).Reaction;
    }

    private static ReplyReaction Make(int bits, int seconds, int number, int extras)
    {
        var acts = (ReactionActs)bits & ~(ReactionActs.DisableSource | ReactionActs.NextHost);
        TimeSpan time = TimeSpan.FromSeconds(seconds);
        bool limited = (acts & ReplyReaction.Limits) != ReactionActs.None;
        return new ReplyReaction(acts)
        {
            Suspend = acts.HasFlag(ReactionActs.Suspend) ? time : TimeSpan.Zero,
            RetryAfter = acts.HasFlag(ReactionActs.Retry) && (extras & 1) != 0 ? time : null,
            Connections = acts.HasFlag(ReactionActs.LimitConnections) && (extras & 2) != 0 ? number : null,
            Rate = acts.HasFlag(ReactionActs.LimitRate) && (extras & 1) != 0 ? new Rate(number, TimeSpan.FromHours(1)) : null,
            Messages = acts.HasFlag(ReactionActs.LimitMessages) ? number : null,
            LimitFor = limited ? time : TimeSpan.Zero,
            Category = (extras & 4) != 0 ? "our.own" : "",
            Threshold = (extras & 2) != 0 ? new Rate(number, TimeSpan.FromMinutes(10)) : Rate.Unlimited,
        };
    }
}
