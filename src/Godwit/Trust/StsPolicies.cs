// The MTA-STS policies of recipient domains: asked of DNS and HTTPS, remembered on disk (RFC 8461). Owned by TrustPolicies. Thread safe.
// A policy once known holds until it expires, whatever DNS and its host say meanwhile; one that a domain announces and nobody can fetch makes its mail
// wait, for a bounded time. One fetch is under way for a domain, however many ask; whoever waits for it waits some seconds and no longer.

using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Trust;

/// <summary>Finds and remembers policies.</summary>
internal sealed class StsPolicies : IAsyncDisposable
{
    /// <summary>Domains that are remembered: a large sender's destinations with a policy, at half a kilobyte mostly.</summary>
    internal const int MaxDomains = 10_000;

    /// <summary>
    /// Fetches that are under way or wait for their turn; a domain beyond them is fetched when its mail is tried again. Below <see cref="MaxDomains"/>, for
    /// a domain whose policy is being fetched is not forgotten.
    /// </summary>
    internal const int MaxFlights = 1000;

    /// <summary>
    /// How long a delivery waits for a fetch: longer than any web host in order needs. It holds one of the server's connections meanwhile, and a stranger
    /// decides how long the fetch takes.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long mail waits for a policy that is announced and cannot be fetched. RFC 8461 section 3.3 would send it at once; hiding a policy must cost more
    /// than a moment's trouble with one web host. Longer would keep mail from the many domains whose policy host is long gone.
    /// </summary>
    internal static readonly TimeSpan WaitForPolicy = TimeSpan.FromHours(1);

    /// <summary>RFC 8461 section 3.3: five minutes or more between tries.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    /// <summary>A policy is fetched anew when it is so old (section 10.2 suggests a day), or halfway to its end.</summary>
    internal static readonly TimeSpan RefreshAge = TimeSpan.FromDays(1);

    /// <summary>Failures that lie so far apart are not one trouble.</summary>
    private static readonly TimeSpan _rest = TimeSpan.FromDays(1);

    /// <summary>Between two writes of the file: a campaign's first hour meets many new policies.</summary>
    private static readonly TimeSpan _savePause = TimeSpan.FromSeconds(5);

    private readonly DnsResolver _resolver;
    private readonly StsFetch _fetch;
    private readonly StateFile? _file;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<DomainName, StsEntry> _entries = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly WakeSignal _changed = new();
    private readonly Task _saving;
    private int _flights;

    /// <param name="file">Null remembers in memory only.</param>
    public StsPolicies(DnsResolver resolver, StsFetch fetch, StateFile? file, ServerClock clock, ILogger log)
    {
        (_resolver, _fetch, _file, _clock, _log) = (resolver, fetch, file, clock, log);
        Instant now = clock.Now;
        foreach (string line in file?.Read() ?? [])
        {
            if (_entries.Count < MaxDomains && StsEntry.Read(line, now) is { } entry && entry.IsValid(now))
            {
                _entries[entry.Domain] = entry;
            }
        }

        _saving = file is null ? Task.CompletedTask : SaveAsync();
    }

    /// <summary>Domains that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public async ValueTask<DestinationTrust> ForAsync(DomainName domain, CancellationToken cancellation)
    {
        if (!DomainName.TryParse($"_mta-sts.{domain.Text}", out DomainName owner))
        {
            return DestinationTrust.None(domain);
        }

        // 1 Does it announce a policy? From the resolver's memory mostly.
        DnsAnswer answer = await _resolver.QueryAsync(owner, DnsType.TXT, cancellation);
        string? id = answer.Status == DnsStatus.Found ? StsRecord.IdOf(answer.Records) : null;
        StsEntry? entry = Find(domain, make: id is not null);
        if (entry is null)
        {
            return answer.Status == DnsStatus.Failure ? Unknown(domain, answer) : DestinationTrust.None(domain);
        }

        // 2 Is another one wanted than the one that is known?
        if (id is not null)
        {
            await WaitAsync(entry, id, cancellation);
        }

        // 3 What is known now.
        return Conclude(entry, answer, isAnnounced: id is not null);
    }

    /// <summary>Ends what is under way, and writes what is not on disk yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _saving;
        Task[] flights;
        lock (_gate)
        {
            flights = [.. _entries.Values.Select(entry => entry.Flight).OfType<Task>()];
        }

        await Task.WhenAll(flights);
    }

    private StsEntry? Find(DomainName domain, bool make)
    {
        Instant now = _clock.Now;
        lock (_gate)
        {
            if (!_entries.TryGetValue(domain, out StsEntry? entry) && make)
            {
                MakeRoom(now);
                _entries[domain] = entry = new StsEntry(domain);
            }

            if (entry is not null)
            {
                entry.LastUsed = now;
            }

            return entry;
        }
    }

    /// <summary>Called under the lock. Drops a tenth at once, those first that nobody has asked for longest: a policy that is used stays.</summary>
    private void MakeRoom(Instant now)
    {
        if (_entries.Count < MaxDomains)
        {
            return;
        }

        foreach (StsEntry old in _entries.Values.Where(entry => entry.Flight is null)
            .OrderBy(entry => entry.IsValid(now)).ThenBy(entry => entry.LastUsed).Take(MaxDomains / 10).ToList())
        {
            _entries.Remove(old.Domain);
        }
    }

    /// <summary>Until the policy is fetched, or for as long as a delivery can: the fetch goes on behind that, for whoever asks next.</summary>
    private async Task WaitAsync(StsEntry entry, string id, CancellationToken cancellation)
    {
        Task flight = BeginAsync(entry, id, out Instant began);
        TimeSpan left = began + Patience - _clock.Now;
        if (flight.IsCompleted || left <= TimeSpan.Zero)
        {
            return;
        }

        // Not by an exception: thousands may wait in vain.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(flight, Task.Delay(left, _clock.Time, over.Token));
        await over.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>The fetch to wait for; none when what is known will do, also while it is being refreshed.</summary>
    private Task BeginAsync(StsEntry entry, string id, out Instant began)
    {
        Instant now = _clock.Now;
        began = now;
        lock (_gate)
        {
            bool valid = entry.IsValid(now);
            bool isKnown = valid && entry.Id == id;
            if (isKnown && now - entry.Fetched < Half(entry.Policy!.MaxAge))
            {
                return Task.CompletedTask;
            }

            if (entry.Flight is null && entry.NextFetch <= now && _flights < MaxFlights && !_stop.IsCancellationRequested)
            {
                _flights++;
                entry.Begin(FetchAsync(entry, id), now);
            }

            began = entry.FlightBegan;

            // Who knows a policy, or has waited for one long enough, goes on meanwhile.
            bool hasWaited = entry.Fault is not null && now - entry.FailingSince >= WaitForPolicy;
            return isKnown || (!valid && hasWaited) ? Task.CompletedTask : entry.Flight ?? Task.CompletedTask;
        }
    }

    private static TimeSpan Half(TimeSpan age) => age / 2 < RefreshAge ? age / 2 : RefreshAge;

    /// <summary>Never throws.</summary>
    private async Task FetchAsync(StsEntry entry, string id)
    {
        await Task.Yield(); // The caller holds the lock.
        StsFetchResult result;
        try
        {
            result = await _fetch.GetAsync(entry.Domain, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            result = new StsFetchResult(null, Tls.TlsResultType.StsPolicyFetchError, "the server stops", IsUnreachable: true);
        }
        catch (Exception defect)
        {
            _log.StsFetchBroke(defect, entry.Domain.Text);
            result = new StsFetchResult(null, Tls.TlsResultType.StsPolicyFetchError, "internal error", IsUnreachable: true);
        }

        bool isNews;
        lock (_gate)
        {
            _flights--;
            isNews = result.Policy is null && entry.Fault is null;
            if (result.Policy is { } policy)
            {
                entry.Succeed(policy, id, _clock.Now, Pause);
            }
            else
            {
                entry.Fail(result, _clock.Now, Pause, _rest);
            }
        }

        if (isNews && !_stop.IsCancellationRequested)
        {
            _log.StsPolicyNotFetched(entry.Domain.Text, result.Detail);
        }

        _changed.Set();
    }

    private DestinationTrust Conclude(StsEntry entry, DnsAnswer answer, bool isAnnounced)
    {
        Instant now = _clock.Now;
        lock (_gate)
        {
            DestinationTrust trust = DestinationTrust.None(entry.Domain);
            if (isAnnounced)
            {
                trust = trust with { Fault = entry.Fault, FaultDetail = entry.FaultDetail };
            }

            if (entry.IsValid(now))
            {
                return trust with { Policy = entry.Policy };
            }

            if (answer.Status == DnsStatus.Failure)
            {
                return Unknown(entry.Domain, answer);
            }

            if (isAnnounced && entry.Fault is null)
            {
                // Mail does not go without a policy only because nobody has had the time to fetch it.
                return trust with
                {
                    Problem = entry.Flight is null
                        ? $"the MTA-STS policy of {entry.Domain} is not fetched yet: {_flights} others are being fetched"
                        : $"the MTA-STS policy of {entry.Domain} is being fetched",
                };
            }

            return isAnnounced && entry.IsUnreachable && now - entry.FailingSince < WaitForPolicy
                ? trust with { Problem = $"{entry.Domain} has an MTA-STS policy that cannot be fetched: {entry.FaultDetail}" }
                : trust;
        }
    }

    private static DestinationTrust Unknown(DomainName domain, DnsAnswer answer) => new()
    {
        Domain = domain,
        Problem = $"whether {domain} has an MTA-STS policy is not known: {answer.Detail}",
    };

    private async Task SaveAsync()
    {
        bool stopping = false;
        while (!stopping)
        {
            try
            {
                await _changed.WaitAsync(Timeout.InfiniteTimeSpan, _clock.Time, _stop.Token);
                await Task.Delay(_savePause, _clock.Time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                stopping = true;
            }

            // Under the lock that deliveries take only what is to be written is noted down, and not written out.
            List<StsLine> known;
            lock (_gate)
            {
                known = new List<StsLine>(_entries.Count);
                foreach (StsEntry entry in _entries.Values)
                {
                    if (entry.Line is { } line)
                    {
                        known.Add(line);
                    }
                }
            }

            await Task.Run(() => _file!.Write(known.Select(line => line.Write())));
        }
    }
}
