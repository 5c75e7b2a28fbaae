// One life of the server: the real spool, scheduler, intake and settlement, built as GodwitServer builds them, on one thread. Commits run on the caller,
// the accounting file is the real one without its thread, settlement takes a turn when it is told to. Every step that makes something durable tells the ledger.
// Owned by the history, which throws it away in a crash.

using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Simulation;

/// <summary>The power went while the accounting file was written.</summary>
internal sealed class PowerFailureException : Exception;

/// <summary>A running server without network and threads.</summary>
internal sealed class SimulatedServer
{
    public const int SegmentOctets = 32 * 1024;

    /// <summary>Intake wants one for its 'r' records; without files it does nothing.</summary>
    private static readonly AccountingLog _noReceipts = new([], new ServerClock(TimeProvider.System), NullLogger.Instance);

    private static readonly AccountingFileSettings _accountingSettings = new()
    {
        Path = "/acct/acct.csv",
        Records = ["d", "b", "t", "tq"],
        DeleteAfter = Timeout.InfiniteTimeSpan,
    };

    private readonly SimulatedVolume _accountingDisk;
    private readonly AccountingFile _accounting;
    private readonly RecipientLedger _ledger;
    private Exception? _failure;

    public SimulatedServer(SimulatedPlan plan, SimulatedVolume spoolDisk, SimulatedVolume accountingDisk, FakeTimeProvider time, RecipientLedger ledger)
    {
        _ledger = ledger;
        _accountingDisk = accountingDisk;
        Clock = new ServerClock(time);
        var settings = new CurrentSettings(plan.Server);
        var traffic = new TrafficCounters(Clock);
        var options = new SpoolOptions { SegmentOctets = SegmentOctets, Mode = CommitMode.OnCaller, CompactionRest = TimeSpan.FromSeconds(30) };
        Spool = MessageSpool.Open(spoolDisk, () => 0, Clock, NullLogger.Instance, options);
        _accounting = new AccountingFile(_accountingSettings, (_, _) => accountingDisk, Clock, NullLogger.Instance);
        _accounting.Begin();
        Scheduler = new Scheduler(settings);
        var ids = new MessageId.Sequence(Clock);
        ids.StartAfter(Spool.LargestId);
        Intake = new MessageIntake(Spool, _noReceipts, Scheduler, settings, traffic, ids, Clock, NullLogger.Instance);
        SettlementSteps real = SettlementSteps.Of(_noReceipts, Spool, Scheduler, Intake, settings);
        Settlement = new Settlement(Watched(real), settings, traffic, Clock, NullLogger.Instance, ownLoop: false);
    }

    public ServerClock Clock { get; }

    public MessageSpool Spool { get; }

    public Scheduler Scheduler { get; }

    public MessageIntake Intake { get; }

    public Settlement Settlement { get; }

    /// <summary>Every final line of every accounting file on a disk.</summary>
    public static List<(string Type, string Address)> AccountingLines(SimulatedVolume disk)
    {
        var lines = new List<(string Type, string Address)>();
        foreach (string name in disk.List())
        {
            List<string[]> rows = Tests.Accounting.Csv.Parse(System.Text.Encoding.UTF8.GetString(disk.Octets(name)));
            int type = rows.Count == 0 ? 0 : Array.IndexOf(rows[0], "type");
            int address = rows.Count == 0 ? 0 : Array.IndexOf(rows[0], "rcpt");
            lines.AddRange(rows.Skip(1).Select(row => (row[type], row[address])));
        }

        return lines;
    }

    /// <summary>The same door for what survived.</summary>
    public void Restore()
    {
        RecoveredMessage[] recovered = [.. Spool.Recovered];
        _ledger.Restarted(recovered, Clock.Now);
        foreach (RecoveredMessage message in recovered)
        {
            Intake.Restore(message);
        }
    }

    /// <summary>What went wrong where the server itself catches everything.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new InvalidOperationException(_failure.Message, _failure);
        }
    }

    private SettlementSteps Watched(SettlementSteps real) => new()
    {
        Wants = _accounting.Wants,
        Account = Account,
        ReadEnvelope = real.ReadEnvelope,
        ReadOriginal = real.ReadOriginal,
        ReadLastReply = real.ReadLastReply,
        Submit = async draft =>
        {
            try
            {
                SmtpReply reply = await real.Submit(draft);
                if (reply.IsPositive)
                {
                    Assert.True(MessageId.TryParse(reply.Text.Split(' ')[^1], out MessageId id), reply.Text);
                    _ledger.NoticeSubmitted(draft, id, Clock.Now);
                }

                return reply;
            }
            catch (Exception failure) when (failure is not SpoolException)
            {
                _failure ??= failure;
                throw;
            }
        },
        Mark = async marks =>
        {
            _ledger.Marking(marks);
            await real.Mark(marks);
            _ledger.Marked(marks);
        },
        Finish = (key, recipient, now) =>
        {
            _ledger.Finished(recipient);
            real.Finish(key, recipient, now);
        },
        Defer = (key, recipient, notBefore, counted, now) =>
        {
            _ledger.Deferred(recipient, notBefore, counted, now);
            real.Defer(key, recipient, notBefore, counted, now);
        },
        Reroute = real.Reroute,
        WaitOf = real.WaitOf,
        RecordError = real.RecordError,
    };

    /// <summary>The accounting log's commit, without its thread: tried until the device takes it.</summary>
    private ValueTask Account(IReadOnlyList<AccountingRecord> records)
    {
        _ledger.Recording(records);
        foreach (AccountingRecord record in records)
        {
            _accounting.Append(record);
        }

        while (true)
        {
            try
            {
                _accounting.Commit();
                _ledger.Recorded(records);
                return ValueTask.CompletedTask;
            }
            catch (IOException)
            {
                if (_accountingDisk.PowerLeft <= 0)
                {
                    throw new PowerFailureException();
                }

                _ledger.MayBeRecorded(records);
            }
        }
    }
}
