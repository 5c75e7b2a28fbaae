// Sends the daily reports (RFC 8460): when a UTC day has ended, each domain that was counted is asked where it wants its report, and gets it, spread over
// the hours behind midnight. Owned by TrustPolicies; one loop. What cannot be sent is tried again for a day. Counts survive a restart in a state file
// that is at most some minutes old.

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

    /// <summary>RFC 8460 section 5.4: tried no longer than a day.</summary>
    internal static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    private static readonly TimeSpan _beat = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _saveEvery = TimeSpan.FromMinutes(5);

    /// <summary>Domains asked and told at the same time.</summary>
    private const int AtOnce = 8;

    private readonly PriorityQueue<DomainDay, Instant> _pending = new();
    private Instant _nextSave;
    private bool _isChanged;

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
                await BeatAsync(stop);
            }
            catch (Exception defect) when (defect is not OperationCanceledException)
            {
                log.TlsReportingBroke(defect);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await Task.Delay(_beat, clock.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Save(now: true);
    }

    /// <summary>Takes days that have ended, sends what is due, saves what has changed.</summary>
    internal async Task BeatAsync(CancellationToken stop)
    {
        foreach (DomainDay ended in counts.TakeEnded())
        {
            // After a restart a day may be long over.
            _isChanged = true;
            if (clock.Now < EndOf(ended) + GiveUpAfter)
            {
                _pending.Enqueue(ended, Instant.Max(clock.Now, EndOf(ended)) + Spread * random.NextDouble());
            }
        }

        var due = new List<DomainDay>();
        while (_pending.TryPeek(out _, out Instant time) && time <= clock.Now)
        {
            due.Add(_pending.Dequeue());
        }

        try
        {
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop },
                async (day, cancellation) => day.IsDone = await SendAsync(day, cancellation));
        }
        finally
        {
            // Also when the server stops meanwhile: a report is not lost by that.
            foreach (DomainDay day in due.Where(day => !day.IsDone && clock.Now + RetryAfter < EndOf(day) + GiveUpAfter))
            {
                _pending.Enqueue(day, clock.Now + RetryAfter);
            }

            _isChanged |= due.Count > 0;
        }

        Save(now: false);
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
                day.Sent.Add(target.Text);
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

    private void Save(bool now)
    {
        if (file is null || (!now && clock.Now < _nextSave))
        {
            return;
        }

        IReadOnlyList<string>? lasting = counts.ToLines(even: _isChanged);
        if (lasting is not null)
        {
            _isChanged = false;
            file.Write(lasting.Concat(_pending.UnorderedItems.Select(item => TlsReportJson.ToLine(item.Element))));
        }

        _nextSave = clock.Now + _saveEvery;
    }
}
