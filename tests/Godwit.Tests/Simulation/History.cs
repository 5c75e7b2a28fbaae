// One history: a seed decides the configuration, the mail, the hosts, every moment and every misfortune. One thread, one agenda, no real time: the same seed
// tells the same story. The dispatcher's part is played here, and it follows only what the scheduler announces, so a forgotten wake-up leaves mail
// behind and shows.

using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Simulation;

/// <summary>The life of a server from its first start until its queues are empty.</summary>
internal sealed class History
{
    private const int MostEvents = 100_000;

    /// <summary>
    /// A recipient of the steady domain waits no longer than this, whoever else wants slots: eight queues that hold one for a minute each, twice
    /// over.
    /// </summary>
    private static readonly TimeSpan _starving = TimeSpan.FromMinutes(20);

    private static readonly SourceSettings _source = new() { AlwaysAllowRelaying = true };

    private readonly Random _random;
    private readonly bool _isHarsh;
    private readonly SimulatedPlan _plan;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 22, 30, 0, TimeSpan.Zero));
    private readonly PriorityQueue<(int Life, Action Act), (long Time, long Number)> _agenda = new();
    private readonly Dictionary<string, SimulatedHost> _hosts = [];
    private readonly List<SimulatedDelivery> _deliveries = [];
    private readonly Dictionary<QueueKey, Instant> _retries = [];
    private SimulatedVolume _spoolDisk;
    private SimulatedVolume _accountingDisk;
    private SimulatedServer _server = null!;
    private Task<Instant>? _settling;
    private bool _settlePlanned;
    private bool _faultSeen;
    private Instant _dispatchAt;
    private readonly List<string> _story = [];
    private long _number;
    private int _life;
    private int _messages;

    /// <param name="isHarsh">Misfortunes come more often, disks stay full longer, and syncs fail several times in a row.</param>
    public History(int seed, Tally tally, bool isHarsh = false)
    {
        _isHarsh = isHarsh;
        _random = new Random(seed);
        _plan = new SimulatedPlan(_random);
        _spoolDisk = new SimulatedVolume(_random.Next());
        _accountingDisk = new SimulatedVolume(_random.Next());
        Tally = tally;
        Ledger = new RecipientLedger(_plan, tally);
        foreach (string domain in _plan.Domains)
        {
            _hosts.Add(domain, new SimulatedHost(domain, _random));
        }
    }

    public Tally Tally { get; }

    public RecipientLedger Ledger { get; }

    /// <summary>Hosts are well and stay so: only what is needed to bring everything to its end happens from here on.</summary>
    public bool IsCalm { get; private set; }

    public Instant Now => Instant.FromDateTime(_time.GetUtcNow());

    /// <summary>What befell the server.</summary>
    public string Story => string.Join("; ", _story);

    public void Run()
    {
        Open();
        TimeSpan storm = TimeSpan.FromMinutes(_random.Next(10, 60));
        PlanStorm(storm);
        Instant end = Now + storm;
        RunWhile(() => true, end);
        Calm();
        Instant bound = Now + LongestWait();
        RunWhile(() => Ledger.Held > 0 || _deliveries.Count > 0, bound);
        Promise.Holds(Now < bound, $"mail is left behind: {LeftBehind()}");
        Finish();
    }

    /// <summary>Something happens in this life of the server, unless that ends before.</summary>
    public void After(TimeSpan wait, Action act) => Plan(_life, wait, act);

    public SpooledContent Read(DeliveryOrder order, IEnumerable<KnownRecipient> recipients)
    {
        SpooledContent content = _server.Spool.Read(order.Message);
        Assert.True(content.TryReadNext(out ReadOnlyMemory<byte> octets));
        string text = Encoding.UTF8.GetString(octets.Span);
        foreach (KnownRecipient known in recipients)
        {
            Promise.Holds(text.Contains(known.Token, StringComparison.Ordinal), $"{known} has the content of another message");
            Assert.Equal(known.Address, content.Envelope.Recipients[known.Index].Address.Text);
        }

        return content;
    }

    public void Settle(QueueKey key, Envelope envelope, IReadOnlyList<RecipientOutcome> outcomes, AttemptContext attempt)
    {
        foreach (RecipientOutcome outcome in outcomes)
        {
            Ledger.Settling(outcome.Recipient);
        }

        ValueTask<Task> handed = _server.Settlement.SettleAsync(key, envelope, outcomes, attempt);
        Assert.True(handed.IsCompletedSuccessfully, "settlement has no room");
        SettleSoon();
    }

    public void ConnectFailed(DeliveryTicket ticket, bool dnsError)
    {
        Tally.ConnectFailures++;
        _retries[ticket.Key] = ticket.ConnectFailed("connection refused", dnsError, Now);
        _server.Settlement.QueueFailedAsync(ticket.Key, new SmtpReply(451, "4.4.1 connection refused"), new AttemptContext { DeliveryType = "smtp" })
            .AsTask().GetAwaiter().GetResult();
    }

    public void Closed(SimulatedDelivery delivery) => Assert.True(_deliveries.Remove(delivery));

    private void Plan(int life, TimeSpan wait, Action act) => _agenda.Enqueue((life, act), ((Now + wait).Ticks, _number++));

    /// <summary>Happens whichever life the server is in; what a long stop has pushed into the calm does not.</summary>
    private void PlanInStorm(TimeSpan wait, Action act) => Plan(-1, wait, () =>
    {
        if (!IsCalm)
        {
            act();
        }
    });

    private TimeSpan Moment(TimeSpan most) => most * _random.NextDouble();

    private void PlanStorm(TimeSpan storm)
    {
        int messages = _random.Next(5, 30);
        for (int i = 0; i < messages; i++)
        {
            PlanInStorm(Moment(storm), Submit);
        }

        foreach (SimulatedHost host in _hosts.Values)
        {
            host.ChangeMood();
            int changes = _random.Next(0, 6);
            for (int i = 0; i < changes; i++)
            {
                PlanInStorm(Moment(storm), host.ChangeMood);
            }
        }

        int misfortunes = _isHarsh ? _random.Next(3, 16) : _random.Next(0, 7);
        for (int i = 0; i < misfortunes; i++)
        {
            PlanInStorm(Moment(storm), Misfortune);
        }
    }

    private void RunWhile(Func<bool> goesOn, Instant end)
    {
        for (int events = 0; goesOn() && Now < end; events++)
        {
            Assert.True(events < MostEvents, "the history has no end");
            Tally.Events++;
            Instant next = _agenda.TryPeek(out _, out (long Time, long Number) first) ? Instant.Min(new Instant(first.Time), _dispatchAt) : _dispatchAt;
            next = Instant.Min(next, end);
            if (next > Now)
            {
                _time.Advance(next - Now);
            }

            try
            {
                Act();
            }
            catch (PowerFailureException)
            {
                // The disks know it too.
            }

            if (_spoolDisk.PowerLeft <= 0 || _accountingDisk.PowerLeft <= 0)
            {
                Tally.PowerFailures++;
                Die(kill: false);
            }
        }
    }

    private void Act()
    {
        FinishSettling();
        if (_agenda.TryPeek(out (int Life, Action Act) entry, out (long Time, long Number) first) && first.Time <= Now.Ticks)
        {
            _agenda.Dequeue();
            if (entry.Life < 0 || entry.Life == _life)
            {
                entry.Act();
            }
        }

        do
        {
            Dispatch();
        }
        while (PollIdle());
        Watch();
    }

    /// <summary>The dispatcher's loop: it comes when the scheduler calls, or at the time that the scheduler has named.</summary>
    private void Dispatch()
    {
        Scheduler scheduler = _server.Scheduler;
        for (int turn = 0; ; turn++)
        {
            bool called = scheduler.Work.WaitAsync(TimeSpan.Zero, _time, CancellationToken.None).GetAwaiter().GetResult();
            if (!called && _dispatchAt > Now)
            {
                return;
            }

            Assert.True(turn < 1000, "the dispatcher runs in a circle");
            while (scheduler.TryGrant(Now) is { } ticket)
            {
                Granted(ticket);
            }

            foreach (ExpiredRecipient expired in scheduler.TakeExpired(Now, 500))
            {
                Ledger.TakenAsExpired(expired.Recipient, Now);
                Ledger.Settling(expired.Recipient);
                Assert.True(_server.Settlement.ExpireAsync(expired.Key, expired.Recipient).IsCompletedSuccessfully, "settlement has no room");
                SettleSoon();
            }

            IReadOnlyList<DelayedRecipient> delayed = scheduler.TakeDelayed(Now, 100);
            if (delayed.Count > 0)
            {
                Assert.True(_server.Settlement.TellDelaysAsync(delayed).IsCompletedSuccessfully, "settlement has no room");
                SettleSoon();
            }

            _dispatchAt = scheduler.NextDue(Now);
        }
    }

    private void Granted(DeliveryTicket ticket)
    {
        QueueKey key = ticket.Key;
        var delivery = new SimulatedDelivery(this, ticket, _hosts[key.Destination.Text], _random);
        _deliveries.Add(delivery);
        Promise.Holds(_deliveries.Count(each => each.Key == key) <= _plan.Of(key).MaxSmtpOut, $"max-smtp-out of {key} was exceeded");
        Promise.Holds(_deliveries.Count(each => each.Key.VirtualMta == key.VirtualMta) <= _plan.LimitOf(key.VirtualMta), $"max-smtp-out of {key.VirtualMta} was exceeded");
        Assert.True(_deliveries.Count <= _plan.Server.TotalMaxSmtpOut, "total-max-smtp-out was exceeded");
        Promise.Holds(!_retries.TryGetValue(key, out Instant retry) || retry <= Now, $"{key} got a connection before its retry time");
        delivery.Start();
    }

    private bool PollIdle()
    {
        bool any = false;
        foreach (SimulatedDelivery delivery in _deliveries.ToArray())
        {
            any |= delivery.Poll();
        }

        return any;
    }

    private void SettleSoon()
    {
        if (!_settlePlanned)
        {
            _settlePlanned = true;
            After(TimeSpan.FromMilliseconds(_random.Next(30)), SettleNow);
        }
    }

    private void SettleNow()
    {
        _settlePlanned = false;
        if (_settling is null)
        {
            _settling = _server.Settlement.SettleWaitingAsync().AsTask();
            FinishSettling();
        }
    }

    /// <summary>A batch that the disk did not take waits on the fake clock; what came in meanwhile has its turn afterwards.</summary>
    private void FinishSettling()
    {
        if (_settling is { IsCompleted: true })
        {
            Instant due = _settling.GetAwaiter().GetResult();
            _settling = null;
            if (due <= Now)
            {
                SettleNow(); // The loop's next turn needs nobody to call it.
            }
            else if (due != Instant.Never)
            {
                After(due - Now, SettleNow);
            }
        }
        else if (_settling is not null)
        {
            SettleSoon();
        }
    }

    private void Submit()
    {
        if (!_server.Intake.MayAccept(out _))
        {
            Tally.Refused++;
            return;
        }

        int number = ++_messages;
        string sender = _random.Next(5) == 0 ? "" : $"s{number}@{SimulatedPlan.SenderDomain}";
        DsnNotify notify = _random.Next(4) switch { 0 => DsnNotify.Never, 1 => DsnNotify.Success | DsnNotify.Failure, _ => DsnNotify.Unspecified };
        string virtualMta = _random.Next(3) switch { 0 => "mta1", 1 => "mta2", _ => EnvelopeRecipient.DefaultVirtualMta };
        string domain = _plan.Domains[_random.Next(_plan.Domains.Count)];
        var addresses = new List<EmailAddress>();
        int count = _random.Next(1, 7);
        for (int i = 0; i < count; i++)
        {
            domain = _random.Next(3) == 0 ? _plan.Domains[_random.Next(_plan.Domains.Count)] : domain;
            addresses.Add(EmailAddress.Parse($"u{number}x{i}{(_random.Next(10) == 0 ? "bad" : "")}@{domain}"));
        }

        string token = $"token-{number};";
        using ContentBuffer content = _server.Intake.NewContent();
        content.Append(Encoding.ASCII.GetBytes($"Subject: {number}\r\n\r\n{token}{new string('x', _random.Next(900))}\r\n"));
        ValueTask<IntakeResult> submitting = _server.Intake.SubmitAsync(
            new Submission
            {
                Sender = sender.Length == 0 ? EmailAddress.Null : EmailAddress.Parse(sender),
                Recipients = [.. addresses.Select(address => new SubmittedRecipient(address, "", notify))],
                Content = content,
                Source = _source with { DefaultVirtualMta = virtualMta },
            },
            CancellationToken.None);
        Assert.True(submitting.IsCompleted, "intake waits for something");
        IntakeResult result = submitting.AsTask().GetAwaiter().GetResult();
        Tally.Submitted += result.Accepted ? count : 0;
        Tally.Refused += result.Accepted ? 0 : 1;
        for (int i = 0; i < count; i++)
        {
            var known = new KnownRecipient
            {
                Id = result.Id,
                Index = i,
                Address = addresses[i].Text,
                Sender = sender,
                Key = new QueueKey(addresses[i].Domain, virtualMta),
                Token = token,
                WantsFailureNotice = sender.Length > 0 && notify != DsnNotify.Never,
            };
            Ledger.Submitted(known, result.Accepted, Now);
        }
    }

    private void Misfortune()
    {
        int kind = _random.Next(8);
        Tell($"misfortune {kind}");
        switch (kind)
        {
            case 0:
                Die(kill: true);
                break;
            case 1:
                Tally.PowerFailures++;
                Die(kill: false);
                break;
            case 2:
                StopCleanly();
                Open();
                break;
            case 3:
                _accountingDisk.PowerLeft = _random.Next(1, 12);
                break;
            case 4:
                FailSyncs();
                break;
            case 5:
                _accountingDisk.FailingSyncs = _random.Next(1, 3);
                break;
            case 6:
                FillDisk();
                break;
            default:
                _spoolDisk.PowerLeft = _random.Next(1, 40);
                break;
        }
    }

    private void FailSyncs()
    {
        _spoolDisk.FailingSyncs = _isHarsh ? _random.Next(1, 8) : 1;
        if (_isHarsh && _random.Next(2) == 0)
        {
            _spoolDisk.PowerLeft = _random.Next(1, 30);
        }
    }

    /// <summary>Somebody else fills the spool's disk and clears it up a while later.</summary>
    private void FillDisk()
    {
        if (_spoolDisk.Budget == long.MaxValue)
        {
            Tally.FullDisks++;
            long used = long.MaxValue - _spoolDisk.FreeBytes;
            _spoolDisk.Budget = used + _random.Next(SimulatedServer.SegmentOctets);
            After(Moment(TimeSpan.FromMinutes(_isHarsh ? 25 : 8)), ClearDisk);
        }
    }

    private void ClearDisk() => _spoolDisk.Budget = long.MaxValue;

    /// <summary>Remembered for the text of a failure.</summary>
    private void Tell(string what) => _story.Add($"{Now} {what}");

    private void Die(bool kill)
    {
        Tell(kill ? "killed" : "power failed");
        Tally.Kills += kill ? 1 : 0;
        foreach (SimulatedDelivery delivery in _deliveries)
        {
            delivery.Cut();
        }

        Ledger.Stopped();
        ClearDisk();
        (SimulatedVolume spool, SimulatedVolume accounting) = (_spoolDisk, _accountingDisk);
        (_spoolDisk, _accountingDisk) = kill ? (spool.Kill(), accounting.Kill()) : (spool.Crash(), accounting.Crash());

        // The dead server's timers still hang on the fake clock: nothing that it does then may reach a disk, or be taken for a promise.
        (spool.PowerLeft, accounting.PowerLeft) = (0, 0);
        Open();
    }

    /// <summary>As GodwitServer stops: deliveries cut, what was settled is carried out, files closed.</summary>
    private void StopCleanly()
    {
        Tally.CleanStops++;
        Tell(_settling is null ? "stopped" : "stopped while marks waited");
        ClearDisk();
        foreach (SimulatedDelivery delivery in _deliveries)
        {
            delivery.Cut();
        }

        _deliveries.Clear();
        if (_settling is null)
        {
            SettleNow();
        }

        if (_settling is { IsCompleted: true })
        {
            FinishSettling();
        }

        Ledger.Stopped();
        _server.Spool.DisposeAsync().AsTask().GetAwaiter().GetResult();
        (_spoolDisk, _accountingDisk) = (_spoolDisk.Kill(), _accountingDisk.Kill());
    }

    private void Open()
    {
        _life++;
        _deliveries.Clear();
        _retries.Clear();
        (_settling, _settlePlanned, _faultSeen) = (null, false, false);
        foreach (SimulatedHost host in _hosts.Values)
        {
            host.ServerRestarted();
        }

        if (_life > 1)
        {
            _time.Advance(Moment(TimeSpan.FromMinutes(5)));
            FailWhileOpening();
        }

        _server = new SimulatedServer(_plan, _spoolDisk, _accountingDisk, _time, Ledger);
        _server.Restore();
        _dispatchAt = Now;
    }

    /// <summary>Sometimes power fails again while the spool is being read.</summary>
    private void FailWhileOpening()
    {
        if (IsCalm || _random.Next(6) > 0)
        {
            return;
        }

        _spoolDisk.PowerLeft = _random.Next(_isHarsh ? 40 : 12);
        Tell("power failed while starting");
        try
        {
            _ = new SimulatedServer(_plan, _spoolDisk, _accountingDisk, _time, Ledger);
        }
        catch (SpoolException)
        {
            // The next start has power.
        }

        (_spoolDisk, _accountingDisk) = (_spoolDisk.Crash(), _accountingDisk.Crash());
    }

    /// <summary>What must be true between any two events.</summary>
    private void Watch()
    {
        _server.ThrowIfFailed();
        QueueTotals totals = _server.Scheduler.Totals();
        Promise.Holds(totals.Recipients == Ledger.Held, $"the queues hold {totals.Recipients} recipients, not {Ledger.Held}");
        Assert.Equal(_deliveries.Count, totals.Connections);
        Instant now = Now;
        foreach (KnownRecipient known in Ledger.All)
        {
            if (known.Stage != RecipientStage.Waiting)
            {
                continue;
            }

            Promise.Holds(Ledger.ExpiryOf(known) + TimeSpan.FromMilliseconds(10) > now, $"{known} is too old and still waits");
            if (known.Key.Destination.Text == SimulatedPlan.SteadyDomain)
            {
                Promise.Holds(now - Instant.Max(known.WaitingSince, known.NotBefore) < _starving, $"{known} starves");
            }
        }

        if (!_faultSeen && _spoolDisk.Budget == long.MaxValue && !_server.Intake.MayAccept(out _))
        {
            // The operator sees the alarm and restarts.
            _faultSeen = true;
            Tally.SpoolFaults++;
            After(Moment(TimeSpan.FromMinutes(_isHarsh ? 15 : 6)), Restart);
        }
    }

    private void Restart()
    {
        StopCleanly();
        Open();
    }

    private void Calm()
    {
        IsCalm = true;
        foreach (SimulatedHost host in _hosts.Values)
        {
            host.Heal();
        }

        ClearDisk();
        _spoolDisk.FailingSyncs = _accountingDisk.FailingSyncs = 0;
        _spoolDisk.PowerLeft = _accountingDisk.PowerLeft = int.MaxValue;
    }

    /// <summary>
    /// Retry waits are five minutes at most; a fault is repaired in six, or fifteen; each queue may need its rate's time for all of its mail, notices included.
    /// </summary>
    private TimeSpan LongestWait()
    {
        TimeSpan rates = Ledger.All.GroupBy(known => known.Key).Aggregate(TimeSpan.Zero, (sum, queue) =>
        {
            DeliverySettings settings = _plan.Of(queue.Key);
            return sum + (settings.MaxMsgRate.Interval + settings.MaxConnectRate.Interval) * (2 * queue.Count());
        });
        return TimeSpan.FromMinutes(_isHarsh ? 60 : 45) + rates;
    }

    private string LeftBehind()
    {
        KnownRecipient known = Ledger.All.First(known => known.Stage is not (RecipientStage.Done or RecipientStage.Doubtful));
        return $"{known} since {known.WaitingSince}, not before {known.NotBefore}, now {Now}, next look {_dispatchAt}: {_server.Scheduler.Queue(known.Key)}";
    }

    private void Finish()
    {
        // Everything is over. A sound spool keeps the segment that it writes and no other: marks refer to older segments only, so without mail the oldest is
        // always free to go, and each that goes frees what referred to it. A spool whose device has failed keeps all of them, as evidence.
        _server.Spool.CommitWaiting();
        Assert.InRange(_server.Spool.Files.InUse, 0, _server.Spool.MayAccept(out _) ? 1 : int.MaxValue);
        StopCleanly();
        Tally.CleanStops--;
        var last = new SimulatedServer(_plan, _spoolDisk, _accountingDisk, _time, Ledger);
        Assert.Empty(last.Spool.Recovered);

        // A start takes over whatever lay there, evidence too. Its first housekeeping, half a second later at a server, leaves nothing of it.
        last.Spool.CommitWaiting();
        Assert.Equal(0, last.Spool.Files.InUse);
        Ledger.CheckTheEnd(SimulatedServer.AccountingLines(_accountingDisk));
        Tally.Histories++;
    }
}
