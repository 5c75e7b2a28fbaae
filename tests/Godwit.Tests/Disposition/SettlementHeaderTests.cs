using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Accounting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Disposition;

/// <summary>Header fields of a message in the records of its recipients.</summary>
public sealed class SettlementHeaderTests
{
    private static readonly QueueKey _key = new(DomainName.Parse("example.com"), "vmta48");
    private static readonly ServerClock _clock = new(new FakeTimeProvider());

    private readonly List<AccountingRecord> _records = [];

    [Fact]
    public async Task A_message_is_read_once_by_whoever_hands_it_in_and_all_its_records_have_its_header()
    {
        int reads = 0;
        RecordedHeader header = RecordedHeader.Read("Subject: one\r\n"u8, ["Subject"]);
        Settlement settlement = Make(() =>
        {
            reads++;
            return header;
        });
        await HandInAsync(settlement);
        Assert.Equal(1, reads);

        await Assert.ThrowsAsync<IOException>(async () => await settlement.SettleWaitingAsync());
        Assert.Equal(["one", "one", "one"], _records.Select(record => record.Header?.Find("subject")));
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_not_tried_again_for_each_recipient()
    {
        int reads = 0;
        Settlement settlement = Make(() =>
        {
            reads++;
            return null;
        });
        await HandInAsync(settlement);

        await Assert.ThrowsAsync<IOException>(async () => await settlement.SettleWaitingAsync());
        Assert.Equal(3, _records.Count);
        Assert.Equal(1, reads);
    }

    private Settlement Make(Func<RecordedHeader?> read)
    {
        SettlementSteps steps = UnusedSteps.With(
            records =>
            {
                _records.AddRange(records);
                throw new IOException("that is far enough");
            },
            read);
        return new Settlement(steps, new CurrentSettings(Settings()), new TrafficCounters(_clock), _clock, NullLogger.Instance, ownLoop: false);
    }

    private static async Task HandInAsync(Settlement settlement)
    {
        Envelope envelope = Records.Envelope();
        var message = new StoredMessage(envelope.Id, 0, 100, 1234, 3);
        SmtpReply[] replies = [new(250, "2.0.0 ok"), new(550, "5.1.1 no such user"), new(451, "4.7.1 later")];
        RecipientOutcome[] outcomes =
        [
            .. replies.Select((reply, i) => new RecipientOutcome(
                new QueuedRecipient(message, i), DeliveryVerdicts.FromReply(SmtpStage.EndOfData, reply, new DeliverySettings(), _clock.Now))),
        ];
        EnvelopeRecipient one = envelope.Recipients[0];
        await settlement.SettleAsync(_key, envelope with { Recipients = [one, one, one] }, outcomes, new AttemptContext { DeliveryType = "smtp" });
    }

    private static ServerSettings Settings() => new()
    {
        HostName = "mta.example.org",
        Listeners = [],
        NameServers = [],
        Spool = new SpoolSettings("/spool", 0),
        AccountingFiles = [],
        VirtualMtas = new Dictionary<string, VirtualMtaSettings>(),
        Pools = new Dictionary<string, PoolSettings>(),
        ConfigFile = "",
        ResolveDelivery = (_, _) => new DeliverySettings(),
        ResolveSource = (_, _) => new SourceSettings(),
        ResolveRelayDomain = _ => false,
    };
}
