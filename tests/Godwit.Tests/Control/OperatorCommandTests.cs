using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Tests.Control;

public sealed class OperatorCommandTests
{
    [Theory]
    [InlineData("show status", "show status")]
    [InlineData("show ver", "show version")]
    [InlineData("SHOW TOP", "show topqueues")]
    [InlineData("sh q", "show queues")]
    [InlineData("  show   queue  ", "show queues")]
    [InlineData("rel", "reload")]
    [InlineData("show dom", "show domains")]
    [InlineData("show queue", "show queues")]
    [InlineData("reset count", "reset counters")]
    [InlineData("clear dns *", "clear dnscache")]
    [InlineData("show lic", "show license")]
    [InlineData("show reg", "show registration")]
    [InlineData("dig --siphash --key k x", "digest")]
    [InlineData("test conf", "test config")]
    [InlineData("\"show\" status", "show status")]
    public void Words_may_be_abbreviated(string line, string meant)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out _));
        Assert.Equal(meant, command.Name);
    }

    [Fact]
    public void A_verb_that_changes_something_must_be_unmistakable()
    {
        Assert.False(OperatorCommand.TryParse("re", out _, out MessageReport usage));

        Assert.Contains("\"re\" could mean reload or ", usage.Message, StringComparison.Ordinal);
        Assert.Equal(ReportOutcome.Usage, usage.Outcome);
    }

    [Theory]
    [InlineData("", "no command was given")]
    [InlineData("frobnicate", "unknown command \"frobnicate\"; \"godwit help\" lists what there is")]
    [InlineData("show", "\"show\" needs another word: status, version, queues, topqueues, settings, vmtas, ")]
    [InlineData("show stauts", "unknown command \"show stauts\"; did you mean \"show status\"?")]
    [InlineData("shwo topqueues a.example", "did you mean \"show topqueues\"?")]
    [InlineData("topqueues", "did you mean \"show topqueues\"?")]
    [InlineData("show status now", "show status does not take \"now\"")]
    [InlineData("trace --source-ip=nowhere a.example/v1", "--source-ip needs an address, as in --source-ip=192.0.2.1")]
    [InlineData("trace --log-data=yes a.example/v1", "--log-data takes no value")]
    [InlineData("resolve a.example --errors", "resolve has no option --errors in this version")]
    [InlineData("digest port25", "digest needs one of --siphash and --hmac-sha256")]
    [InlineData("digest --siphash --hmac-sha256 --key=k port25", "digest needs one of --siphash and --hmac-sha256")]
    [InlineData("digest --siphash port25", "digest needs --key=S or --hexkey=S")]
    [InlineData("digest --siphash --key=12345678901234567 port25", "a key for --siphash has at most 16 octets")]
    [InlineData("digest --siphash --hexkey=xyz port25", "--hexkey needs hexadecimal digits, two for each octet")]
    [InlineData("digest --siphash --key=k", "digest needs TEXT")]
    [InlineData("list --queue --rcpt=a@b.example", "--queue needs a value, as in --queue=bigmail.example/vmta1")]
    [InlineData("list --queue", "--queue needs a value, as in --queue=bigmail.example/vmta1")]
    [InlineData("show status --errors", "show status takes no option --errors")]
    [InlineData("show topqueues --maxitems=0", "--maxitems needs a number")]
    [InlineData("show topqueues --maxitems", "--maxitems needs a number")]
    [InlineData("show topqueues --maxitems=100001", "--maxitems needs a number")]
    [InlineData("show topdomains --no-rcpt-events", "has no option --no-rcpt-events in this version")]
    [InlineData("show queues a/b/c", "does not name a queue")]
    [InlineData("show queues a b", "does not take \"b\"")]
    [InlineData("show \"status", "a double quote is not closed")]
    [InlineData("show\nstatus", "control character")]
    [InlineData("pause", "\"pause\" needs another word: queue, job")]
    [InlineData("set --mode=backoff", "\"set\" needs another word: queue, priority")]
    [InlineData("dis", "\"dis\" needs another word: source")]
    [InlineData("show everything", "unknown command \"show everything\"; behind \"show\" stands one of status, version, queues, ")]
    public void What_is_wrong_with_a_command_is_said(string line, string problem)
    {
        Assert.False(OperatorCommand.TryParse(line, out _, out MessageReport usage));
        Assert.Contains(problem, usage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_line_is_bounded()
    {
        Assert.False(OperatorCommand.TryParse(new string('x', 5000), out _, out MessageReport tooLong));
        Assert.Contains("too long", tooLong.Message, StringComparison.Ordinal);

        Assert.False(OperatorCommand.TryParse(string.Join(' ', Enumerable.Repeat("x", 100)), out _, out MessageReport tooMany));
        Assert.Contains("too many words", tooMany.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verbs_that_change_something_are_for_operators()
    {
        Assert.True(OperatorCommand.TryParse("show status", out OperatorCommand look, out _));
        Assert.True(OperatorCommand.TryParse("reload", out OperatorCommand change, out _));

        Assert.Equal((false, AccessLevel.Monitor), (look.Changes, look.Needs));
        Assert.Equal((true, AccessLevel.Operator), (change.Changes, change.Needs));
    }

    [Theory]
    [InlineData("list --queue=a.example")]
    [InlineData("why ann@a.example")]
    [InlineData("show settings a.example")]
    [InlineData("show source-settings 10.0.0.1")]
    [InlineData("resolve a.example --connect")]
    [InlineData("check spf 192.0.2.1 mx.a.example")]
    public void So_is_what_shows_people_or_the_configuration_or_lets_the_server_speak_to_others(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out _));

        Assert.Equal((false, AccessLevel.Operator), (command.Changes, command.Needs));
    }
}
