using Godwit.Control;

namespace Godwit.Tests.Control;

public sealed class CommandOptionTests
{
    [Theory]
    [InlineData("pause queue", "pause queue needs DOMAIN[/VMTA]")]
    [InlineData("pause job", "pause job needs ID")]
    [InlineData("pause queue foo@bar", "\"foo@bar\" is no domain, so it names no queue: write DOMAIN or DOMAIN/VMTA")]
    [InlineData("pause queue a.example b.example", "does not take \"b.example\"")]
    [InlineData("set queue a.example/v1", "needs --mode=normal or --mode=backoff")]
    [InlineData("set queue --mode=slow a.example/v1", "--mode needs normal or backoff, as in --mode=normal")]
    [InlineData("disable source 192.0.2.1", "needs IP DOMAIN[/VMTA]")]
    [InlineData("disable source a.example/v1 192.0.2.1", "\"a.example/v1\" is not an address")]
    [InlineData("disable source --reenable-after=soon 192.0.2.1 a.example/v1", "--reenable-after needs a time, as in --reenable-after=4d12h")]
    [InlineData("enable source --reenable-after=1h 192.0.2.1 a.example/v1", "takes no option --reenable-after=1h")]
    [InlineData("enable client", "enable client needs IP")]
    [InlineData("enable client host.example", "\"host.example\" is not an address")]
    [InlineData("enable client 192.0.2.0/64", "\"192.0.2.0/64\" is not an address")]
    [InlineData("schedule", "schedule needs DOMAIN[/VMTA]")]
    [InlineData("schedule --retry-recipients=yes a.example", "--retry-recipients takes no value")]
    [InlineData("delete", "delete needs --queue or --jobId")]
    [InlineData("delete --rcpt=*", "delete needs --queue or --jobId")]
    [InlineData("delete --queue", "--queue needs a value, as in --queue=bigmail.example/vmta1")]
    [InlineData("delete --queue=a/b/c", "--queue needs the name of a queue")]
    [InlineData("delete a.example", "delete does not take \"a.example\"")]
    [InlineData("set priority 101 --queue=a.example", "\"101\" is not a priority")]
    [InlineData("set priority 10", "set priority needs a filter")]
    [InlineData("set priority --queue=a.example", "set priority needs N")]
    [InlineData("list --older-than=yesterday", "--older-than needs a time")]
    [InlineData("list --priority=200", "--priority needs a number from 0 to 100")]
    [InlineData("show topqueues --connected=maybe", "--connected needs yes or no")]
    [InlineData("show topqueues --sort=age", "--sort needs rcpt, name or size")]
    [InlineData("show jobs campaign-7", "show jobs does not take \"campaign-7\"")]
    [InlineData("resolve", "resolve needs DOMAIN")]
    [InlineData("resolve a.example --server=dns", "--server needs an address")]
    [InlineData("clear dnscache", "clear dnscache needs DOMAIN|*")]
    public void What_is_wrong_with_an_option_or_an_operand_is_said(string line, string problem)
    {
        Assert.False(OperatorCommand.TryParse(line, out _, out MessageReport usage));

        Assert.Contains(problem, usage.Message, StringComparison.Ordinal);
        Assert.Equal(ReportOutcome.Usage, usage.Outcome);
    }

    [Theory]
    [InlineData("show d", "show domains", false)]
    [InlineData("show dom *.example", "show domains", false)]
    [InlineData("show topd", "show topdomains", false)]
    [InlineData("show vm", "show vmtas", false)]
    [InlineData("show j", "show jobs", false)]
    [InlineData("show dis sou", "show disabled sources", false)]
    [InlineData("list --JOBID=x", "list", false)]
    [InlineData("resolve a.example", "resolve", false)]
    [InlineData("pau q a.example/v1", "pause queue", true)]
    [InlineData("resume j campaign-7", "resume job", true)]
    [InlineData("set q a.example/v1 --mode=backoff", "set queue", true)]
    [InlineData("set prio 70 --jobId=x", "set priority", true)]
    [InlineData("sched --retry-recipients a.example", "schedule", true)]
    [InlineData("disable source --reenable-after=4h 192.0.2.1 a.example/v1", "disable source", true)]
    [InlineData("ena s 192.0.2.1 */*", "enable source", true)]
    [InlineData("ena c 2001:db8::/64", "enable client", true)]
    [InlineData("show dis cl", "show disabled clients", false)]
    [InlineData("delete --queue=a.example --older-than=1d", "delete", true)]
    [InlineData("clear dns *", "clear dnscache", true)]
    [InlineData("reset count", "reset counters", true)]
    [InlineData("reset st", "reset status", true)]
    [InlineData("rotate log", "rotate log", true)]
    public void What_is_typed_is_understood_and_a_change_needs_the_token(string line, string meant, bool changes)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);

        Assert.Equal((meant, changes), (command.Name, command.Changes));
    }
}
