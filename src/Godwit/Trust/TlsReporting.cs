// Sends the daily reports (RFC 8460): when a UTC day has ended, each domain that was counted is asked where it wants its report, and gets it, spread over
// the hours behind midnight. Owned by TrustPolicies; one loop, and lanes that send. What cannot be sent is tried again for a day. Counts survive a restart
// in a state file that is at most some minutes old.

using System.Security.Cryptography;
using System.Text;
using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Trust;

/// <summary>Hands one report to the door in; returns its answer.</summary>
internal delegate ValueTask<SmtpReply> SubmitReport(EmailAddress from, EmailAddress to, byte[] octets, string envelopeId);

/// <summary>Sends reports.</summary>
internal sealed class TlsReporting(
    TlsReportCounts counts, DnsResolver resolver, HttpsDoor door, SubmitReport submit, StateFile? file, CurrentSettings settings, ServerClock clock,
    Random random, ILogger log)
{
    /// <summary>RFC 8460 section 4.1 suggests to spread reports, so that not every sender asks and sends at midnight.</summary>
    internal static readonly TimeSpan Spread = TimeSpan.FromHours(4);

    internal static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(30);

    /// <summary>RFC 8460 section 5.5: tried no longer than a day.</summary>
    internal static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    private static readonly TimeSpan _beat = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _saveEvery = TimeSpan.FromMinutes(5);

    /// <summary>Domains asked and told at the same time, each by a lane of its own: a host that is slow holds up one of them, and no beat.</summary>
    private const int MaxLanes = 8;

    private readonly Lock _gate = new();

    /// <summary>Days whose time has not come; this and the next three under the lock, each day in one of them until it is done.</summary>
    private readonly PriorityQueue<DomainDay, Instant> _pending = new();

    /// <summary>Days that wait for a lane.</summary>
    private readonly Queue<DomainDay> _due = new();

    /// <summary>Days that a lane is busy with.</summary>
    private readonly HashSet<DomainDay> _underWay = [];

    private readonly List<Task> _sending = [];
    private int _lanes;
    private bool _isChanged;
    private Instant _nextSave;

    /// <summary>Ends when every lane that is busy now has nothing more to do.</summary>
    internal Task Sending
    {
        get
        {
            lock (_gate)
            {
                return Task.WhenAll(_sending);
            }
        }
    }

    /// <summary>Takes up what stands in the state file. Before the first session is counted.</summary>
    public void Restore()
    {
        foreach (string line in file?.Read() ?? [])
        {
            if (TlsReportJson.Read(line) is { } day)
            {
                counts.Restore(day);
            }
        }
    }

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Beat(stop);
            }
            catch (Exception defect)
            {
                log.TlsReportingBroke(defect);
            }

            await Task.Delay(_beat, clock.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Sending;
        Save(now: true);
    }

    /// <summary>Takes days that have ended, has sent what is due, saves what has changed. Waits for no host.</summary>
    internal void Beat(CancellationToken stop)
    {
        IReadOnlyList<DomainDay> days = counts.TakeEnded();
        Instant now = clock.Now;
        lock (_gate)
        {
            foreach (DomainDay ended in days)
            {
                // After a restart a day may be long over.
                _isChanged = true;
                if (now < EndOf(ended) + GiveUpAfter)
                {
                    _pending.Enqueue(ended, Instant.Max(now, EndOf(ended)) + Spread * random.NextDouble());
                }
            }

            while (_pending.TryPeek(out _, out Instant time) && time <= now)
            {
                _due.Enqueue(_pending.Dequeue());
            }

            _sending.RemoveAll(static lane => lane.IsCompleted);
            while (_lanes < MaxLanes && _lanes < _due.Count + _underWay.Count && !stop.IsCancellationRequested)
            {
                _lanes++;
                _sending.Add(SendDueAsync(stop));
            }
        }

        Save(now: false);
    }

    /// <summary>One lane: sends until nothing is due. Never throws.</summary>
    private async Task SendDueAsync(CancellationToken stop)
    {
        await Task.Yield(); // The caller holds the lock.
        while (TakeDue(stop) is { } day)
        {
            bool isDone = false;
            try
            {
                isDone = clock.Now >= EndOf(day) + GiveUpAfter || await SendAsync(day, stop);
            }
            catch (OperationCanceledException)
            {
                isDone = false; // The server stops: a report is not lost by that.
            }
            catch (Exception defect)
            {
                log.TlsReportingBroke(defect);
            }

            Settle(day, isDone);
        }
    }

    /// <summary>Null ends the lane.</summary>
    private DomainDay? TakeDue(CancellationToken stop)
    {
        lock (_gate)
        {
            if (stop.IsCancellationRequested || !_due.TryDequeue(out DomainDay? day))
            {
                _lanes--;
                return null;
            }

            _underWay.Add(day);
            return day;
        }
    }

    private void Settle(DomainDay day, bool isDone)
    {
        lock (_gate)
        {
            _underWay.Remove(day);
            _isChanged = true;
            Instant next = clock.Now + RetryAfter;
            if (!isDone && next < EndOf(day) + GiveUpAfter)
            {
                _pending.Enqueue(day, next);
            }
        }
    }

    private static Instant EndOf(DomainDay day) =>
        Instant.FromDateTime(new DateTimeOffset(day.Day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));

    /// <summary>True when there is nothing more to do for this day.</summary>
    private async Task<bool> SendAsync(DomainDay day, CancellationToken cancellation)
    {
        ServerSettings server = settings.Value;
        if (server.TlsReportFrom is not { } from || !DomainName.TryParse($"_smtp._tls.{day.Domain.Text}", out DomainName owner))
        {
            return true;
        }

        DnsAnswer answer = await resolver.QueryAsync(owner, DnsType.TXT, cancellation);
        if (answer.Status != DnsStatus.Found)
        {
            return answer.Status != DnsStatus.Failure;
        }

        string id = IdOf(day, server.HostName);
        byte[]? report = null;
        bool isDone = true;
        foreach (TlsReportTarget target in TlsReportRecord.TargetsOf(answer.Records))
        {
            if (day.Sent.Contains(target.Text))
            {
                continue;
            }

            report ??= TlsReportJson.ToReport(
                day,
                server.TlsReportOrganization.Length > 0 ? server.TlsReportOrganization : from.Domain.Text,
                server.TlsReportContact.Length > 0 ? server.TlsReportContact : from.Text,
                $"{id}@{from.Domain.Text}");
            bool sent = target.Address is { } address
                ? await PostAsync(day, address, report, cancellation)
                : await MailAsync(day, report, id, from, target.Mailbox, server.HostName);
            isDone &= sent;
            if (sent)
            {
                day.NoteSent(target.Text);
            }
        }

        return isDone;
    }

    private async Task<bool> PostAsync(DomainDay day, Uri address, byte[] report, CancellationToken cancellation)
    {
        HttpsAnswer answer = await door.PostAsync(address, report, "application/tlsrpt+gzip", cancellation);
        if (answer.Status is >= 200 and < 300)
        {
            return true;
        }

        log.TlsReportNotSent(day.Domain.Text, address.ToString(), answer.Status == 0 ? answer.Problem : $"HTTP status {answer.Status}");

        // What is refused for good is not offered again; a timeout and "too many" are not for good.
        return answer.Status is >= 400 and < 500 and not (408 or 429);
    }

    private async Task<bool> MailAsync(DomainDay day, byte[] report, string id, EmailAddress from, EmailAddress to, string hostName)
    {
        byte[] octets = TlsReportMessage.Write(day, report, id, from, to, hostName, clock.Now);
        SmtpReply reply = await submit(from, to, octets, $"{TlsReportMessage.EnvelopeMark}{id}");
        if (reply.IsPositive)
        {
            return true;
        }

        log.TlsReportNotSent(day.Domain.Text, to.Text, reply.ToString());
        return !reply.IsTransient;
    }

    /// <summary>The same for every try.</summary>
    private static string IdOf(DomainDay day, string hostName) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{hostName} {day.Domain.Text} {day.Day.DayNumber}")))[..24];

    /// <param name="now">Also before it is time.</param>
    internal void Save(bool now)
    {
        if (file is null || (!now && clock.Now < _nextSave))
        {
            return;
        }

        bool isChanged;
        List<DomainDay> ended;
        lock (_gate)
        {
            (isChanged, _isChanged) = (_isChanged, false);
            ended = [.. _due, .. _underWay];
            foreach ((DomainDay day, _) in _pending.UnorderedItems)
            {
                ended.Add(day);
            }
        }

        if (counts.ToLines(even: isChanged) is { } lasting)
        {
            file.Write(lasting.Concat(ended.Select(TlsReportJson.ToLine)));
        }

        _nextSave = clock.Now + _saveEvery;
    }
}
