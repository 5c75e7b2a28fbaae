using Godwit.Control;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Control;

/// <summary>Mail of corp1.test and corp2.test, which an mx-rollup-list gathers in bigcorp.rollup.</summary>
public sealed class RollupVerbTests
{
    private readonly TestServer _server = new();

    public RollupVerbTests()
    {
        _server.Enqueue("v1", ["ann@corp1.test", "bob@corp1.test"]);
        _server.Enqueue("v1", ["cy@corp2.test"]);
        _server.Enqueue("v2", ["dee@corp2.test"]);
        while (_server.Scheduler.TryGrant(_server.Clock.Now) is { } ticket)
        {
            ticket.JoinRollup(DomainName.Parse("bigcorp.rollup"), _server.Clock.Now);
            ticket.Close(_server.Clock.Now);
            if (_server.Scheduler.Glances(static _ => true).Where(static queue => queue.Recipients > 0).All(IsRollup))
            {
                break;
            }
        }
    }

    [Theory]
    [InlineData("pause queue corp1.test/v1", "Queue(s) paused.\nIts mail is in bigcorp.rollup/v1: \"pause queue bigcorp.rollup/v1\".\n")]
    [InlineData("pause queue corp1.test", " Its mail is in bigcorp.rollup/v1: \"pause queue bigcorp.rollup/v1\".\n")]
    [InlineData("resume queue corp3.test", "no queue matches corp3.test/*\n")]
    [InlineData("schedule corp1.test", "0 of 1 matching queues scheduled.\nIts mail is in bigcorp.rollup/v1: \"schedule bigcorp.rollup/v1\".\n")]
    [InlineData("set queue --mode=backoff corp1.test", "Its mail is in bigcorp.rollup/v1: \"set queue --mode=backoff bigcorp.rollup/v1\".\n")]
    [InlineData("disable source 192.0.2.1 corp1.test", "Its mail is in bigcorp.rollup/v1: \"disable source 192.0.2.1 bigcorp.rollup/v1\".\n")]
    [InlineData("trace corp1.test", "no queue with mail matches corp1.test/*; its mail is in bigcorp.rollup/v1: \"trace bigcorp.rollup/v1\"\n")]
    [InlineData("why corp1.test", "An mx-rollup-list gathers this mail: it is in bigcorp.rollup/v1, with that of other domains.\n")]
    [InlineData("why corp1.test", "Queue bigcorp.rollup/v1: 3 recipient(s) wait")]
    [InlineData("why ann@corp1.test", "in queue bigcorp.rollup/v1\nQueue bigcorp.rollup/v1: 3 recipient(s) wait")]
    [InlineData("list --queue=corp1.test", "\n2 recipient(s).\n")]
    [InlineData("list --queue=corp2.test", "\n2 recipient(s).\n")]
    [InlineData("list --queue=corp2.test/v2", "\n1 recipient(s).\n")]
    [InlineData("list --queue=bigcorp.rollup", "\n4 recipient(s).\n")]
    public async Task A_verb_about_a_domain_finds_its_mail_or_says_where_it_is(string line, string part) =>
        Assert.Contains(part, ReportFormats.Text(await ReportAsync(line)), StringComparison.Ordinal);

    [Fact]
    public async Task The_mail_of_a_domain_is_deleted_from_the_rollup_and_that_of_others_stays()
    {
        Assert.Equal("Deleted 2 recipient(s).\n", ReportFormats.Text(await ReportAsync("delete --queue=corp1.test")));

        Assert.Equal([("bigcorp.rollup/v1", 2)], _server.Deleted.Select(static each => (each.Queue, each.Recipients)));
        Assert.Equal("cy@corp2.test", Assert.Single(_server.Scheduler.Recipients(Key("v1"))) is var left ? AddressOf(left.Recipient) : "");
    }

    [Fact]
    public async Task A_domain_whose_queue_is_forgotten_is_found_by_the_envelopes()
    {
        _server.Time.Advance(TimeSpan.FromDays(1));
        _server.Scheduler.TakeExpired(_server.Clock.Now, most: 1);
        Assert.Null(_server.Scheduler.Queue(new QueueKey(DomainName.Parse("corp1.test"), "v1")));

        Assert.Equal(
            "no queue matches corp1.test/*; its mail is in bigcorp.rollup/v1: \"schedule bigcorp.rollup/v1\"\n", ReportFormats.Text(await ReportAsync("schedule corp1.test")));
        Assert.Equal("no queue matches corp9.test/*\n", ReportFormats.Text(await ReportAsync("schedule corp9.test")));
    }

    private static bool IsRollup(QueueGlance queue) => queue.Key.Destination.Text == "bigcorp.rollup";

    private static QueueKey Key(string virtualMta) => new(DomainName.Parse("bigcorp.rollup"), virtualMta);

    private string AddressOf(QueuedRecipient recipient) => _server.Envelopes[recipient.Message].Recipients[recipient.Index].Address.Text;

    private Task<OperatorReport> ReportAsync(string line)
    {
        Assert.True(OperatorCommand.TryParse(line, out OperatorCommand command, out MessageReport usage), usage.Message);
        command.MaySeeAddresses = true;
        return _server.Operator.RunAsync(command, TestContext.Current.CancellationToken);
    }
}
