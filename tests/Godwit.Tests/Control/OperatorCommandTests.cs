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
    [InlineData("check mfrom 192.0.2.1 mx.example")]
    [InlineData("show license")]
    [InlineData("digest --key=x secret")]
    public void A_verb_of_a_later_version_says_so_in_one_line(string line)
    {
        Assert.False(OperatorCommand.TryParse(line, out _, out MessageReport usage));

        Assert.Contains("not yet in this version", usage.Message, StringComparison.Ordinal);
        Assert.EndsWith("; \"godwit help\" lists what there is", usage.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', usage.Message);
    }

    [Theory]
    [InlineData("", "no command was given")]
    [InlineData("frobnicate", "unknown command \"frobnicate\"; \"godwit help\" lists what there is")]
    [InlineData("show", "unknown command \"show\"; \"godwit help\" lists what there is")]
    [InlineData("show stauts", "unknown command \"show stauts\"; did you mean \"show status\"?")]
    [InlineData("shwo topqueues a.example", "did you mean \"show topqueues\"?")]
    [InlineData("topqueues", "did you mean \"show topqueues\"?")]
    [InlineData("show status now", "show status does not take \"now\"")]
    [InlineData("trace --source-ip=nowhere a.example/v1", "--source-ip needs an address, as in --source-ip=192.0.2.1")]
    [InlineData("trace --log-data=yes a.example/v1", "--log-data takes no value")]
    [InlineData("resolve a.example --interactive", "resolve has no option --interactive in this version")]
    [InlineData("show status --errors", "show status takes no option --errors")]
    [InlineData("show topqueues --maxitems=0", "--maxitems needs a number")]
    [InlineData("show topqueues --maxitems", "--maxitems needs a number")]
    [InlineData("show topqueues --maxitems=100001", "--maxitems needs a number")]
    [InlineData("show topqueues --no-rcpt-events", "has no option --no-rcpt-events in this version")]
    [InlineData("show queues a/b/c", "does not name a queue")]
    [InlineData("show queues a b", "does not take \"b\"")]
    [InlineData("show \"status", "a double quote is not closed")]
    [InlineData("show\nstatus", "control character")]
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
