// The stub resolver: cache, one flight per question, aliases. How servers are asked is NameServerList's business.
// Owned by the composition root. It promises an answer to every question within a bounded time, however the network behaves: what goes
// wrong outside is an answer with status Failure, never an exception. A question in flight belongs to all who wait for it, so
// a caller that gives up only stops waiting.

using System.Net;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Dns;

/// <summary>Asks the configured name servers and remembers what they say. Thread safe.</summary>
public sealed class DnsResolver : IAsyncDisposable
{
    internal const int StandardPort = 53;

    /// <summary>Questions on the wire at once: what a recursive server on the same host takes without dropping.</summary>
    private const int MaxActive = 1000;

    /// <summary>Questions waiting, those on the wire included. More means that no server answers; then failing fast beats a queue of minutes.</summary>
    private const int MaxPending = 20_000;

    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly Func<bool> _believesRemote;
    private readonly NameServerList _servers;
    private readonly DnsCache _cache;
    private readonly SemaphoreSlim _active = new(MaxActive, MaxActive);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<DnsQuestion, TaskCompletionSource<DnsAnswer>> _flights = [];

    /// <param name="nameServers">Read for every question, so that a reload counts at once. The first that is not down is asked first.</param>
    /// <param name="clock">Lives and deadlines run on it.</param>
    /// <param name="log">Hears of servers that go down and come back, and of forged replies.</param>
    /// <param name="onlyTcp">No question goes over UDP.</param>
    /// <param name="believesRemote">
    /// Whether a name server that is not on this host is believed when it says that it validated an answer; read for every answer, null says no.
    /// </param>
    /// <param name="trace">Is told of each packet; null for none.</param>
    public DnsResolver(
        Func<IReadOnlyList<IPEndPoint>> nameServers, ServerClock clock, ILogger? log = null, bool onlyTcp = false, Func<bool>? believesRemote = null,
        PacketTrace? trace = null)
    {
        _believesRemote = believesRemote ?? (static () => false);
        _clock = clock;
        _log = log ?? NullLogger.Instance;
        _servers = new NameServerList(nameServers, clock, _log, onlyTcp, trace);
        _cache = new DnsCache(clock);
    }

    /// <summary>Names with at least one remembered answer.</summary>
    public int NamesCached => _cache.Count;

    /// <summary>Questions without an answer yet, on the wire or waiting for their turn.</summary>
    public int QueriesPending
    {
        get
        {
            lock (_gate)
            {
                return _flights.Count;
            }
        }
    }

    /// <summary>Those of them that are on the wire.</summary>
    public int QueriesActive => MaxActive - _active.CurrentCount;

    /// <summary>Questions that went to a name server.</summary>
    public Tally Queries { get; } = new();

    /// <summary>Questions whose answer was remembered.</summary>
    public Tally CacheHits { get; } = new();

    /// <summary>Questions that went out and had no useful answer: silence, or a server that failed.</summary>
    public Tally Failures { get; } = new();

    /// <summary>The server's clock, for those who remember what they made of answers.</summary>
    internal ServerClock Clock => _clock;

    /// <summary>Grows with every <see cref="ClearCache"/>: what was made of older answers is void.</summary>
    internal int Generation => _cache.Generation;

    /// <summary>
    /// The answer to one question: from the cache at once, else from a server. Follows aliases. Every outcome of the network is a status.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty or an address literal, which has no DNS answer.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; the question itself goes on.</exception>
    public ValueTask<DnsAnswer> QueryAsync(DomainName name, DnsType type, CancellationToken cancellation) =>
        QueryAsync(name, type, DnsCache.FailureTtl, cancellation);

    /// <summary>The same for somebody who comes again after a failure and must not meet that failure: one that is so old is asked for again.</summary>
    /// <param name="failuresFor">Counts as no less than a second and no more than thirty.</param>
    internal ValueTask<DnsAnswer> QueryAsync(DomainName name, DnsType type, TimeSpan failuresFor, CancellationToken cancellation)
    {
        var question = new DnsQuestion(name, type);
        if (_cache.Find(question, failuresFor) is not { } known)
        {
            return new(JoinAsync(question, failuresFor).WaitAsync(cancellation));
        }

        CacheHits.Add();
        return new(known);
    }

    /// <summary>Forgets one name (and everything below it), or with null all.</summary>
    public void ClearCache(DomainName? name) => _cache.Clear(name);

    public async ValueTask DisposeAsync()
    {
        Task[] flights;
        lock (_gate)
        {
            flights = [.. _flights.Values.Select(f => f.Task)];
        }

        await _stop.CancelAsync();
        _servers.Dispose();
        await Task.WhenAll(flights);
    }

    /// <summary>The flight of this question, begun now unless it is under way.</summary>
    private Task<DnsAnswer> JoinAsync(in DnsQuestion question, TimeSpan failuresFor)
    {
        if (question.Name.IsEmpty || question.Name.IsLiteral)
        {
            throw new ArgumentException($"'{question.Name}' is not a name to ask for");
        }

        var flight = new TaskCompletionSource<DnsAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_flights.TryGetValue(question, out TaskCompletionSource<DnsAnswer>? under))
            {
                return under.Task;
            }

            // It may have landed between the caller's look and the lock.
            if (_cache.Find(question, failuresFor) is { } known)
            {
                return Task.FromResult(known);
            }

            if (_stop.IsCancellationRequested || _flights.Count >= MaxPending)
            {
                return Task.FromResult(Failed(question, _stop.IsCancellationRequested ? "the resolver is stopped" : "too many questions wait"));
            }

            _flights.Add(question, flight);
        }

        _ = FlyAsync(question, flight);
        return flight.Task;
    }

    private async Task FlyAsync(DnsQuestion question, TaskCompletionSource<DnsAnswer> flight)
    {
        DnsAnswer answer;
        int generation = _cache.Generation;
        Queries.Add();
        try
        {
            await _active.WaitAsync(_stop.Token);
            try
            {
                answer = await ResolveAsync(question);
            }
            finally
            {
                _active.Release();
            }
        }
        catch (OperationCanceledException)
        {
            answer = Failed(question, "the resolver is stopped");
        }
        catch (Exception e)
        {
            // A flight that never lands would hold its callers for ever; a defect here must cost one lookup.
            _log.DnsQuestionFailed(e, question.ToString());
            answer = Failed(question, "internal error");
        }

        if (answer.Status == DnsStatus.Failure)
        {
            Failures.Add();
        }

        // Stored before it leaves the flights: who comes next finds one or the other.
        _cache.Store(answer, generation);
        lock (_gate)
        {
            _flights.Remove(question);
        }

        flight.SetResult(answer);
    }

    private async Task<DnsAnswer> ResolveAsync(DnsQuestion question)
    {
        var walk = new AliasWalk(question);
        while (true)
        {
            // Every further turn is an alias more, and the walk counts them.
            (DnsExchange exchange, IPEndPoint? server) = await _servers.AskAsync(question with { Name = walk.Current });
            if (server is null)
            {
                return Failed(question, "no name server is configured");
            }

            if (!exchange.IsUseful)
            {
                return Failed(question, exchange, server);
            }

            // The bit says no more than the path it came over: from the network, anybody may have set it.
            DnsReply reply = exchange.Reply!;
            reply.IsAuthentic &= IPAddress.IsLoopback(server.Address) || _believesRemote();
            WalkStep step = walk.Follow(reply);
            if (step != WalkStep.AskOn)
            {
                return Answer(question, step, walk, reply, server);
            }
        }
    }

    private DnsAnswer Answer(in DnsQuestion question, WalkStep step, AliasWalk walk, DnsReply reply, IPEndPoint server)
    {
        (DnsStatus status, string outcome) = step switch
        {
            WalkStep.Found => (DnsStatus.Found, walk.Records.Count == 1 ? "1 record" : $"{walk.Records.Count} records"),
            WalkStep.NoRecords => (DnsStatus.NoRecords, "no such records"),
            WalkStep.NoSuchName => (DnsStatus.NoSuchName, "NXDOMAIN"),
            _ => (DnsStatus.Failure, $"aliases that lead nowhere ({walk.Current})"),
        };
        TimeSpan life = step switch
        {
            WalkStep.Found => DnsCache.PositiveTtl(walk.Ttl),
            WalkStep.NoRecords or WalkStep.NoSuchName => DnsCache.NegativeTtl(reply.NegativeTtl),
            _ => DnsCache.FailureTtl,
        };
        TimeSpan aliasLife = DnsCache.PositiveTtl(walk.Ttl);
        Instant now = _clock.Now;
        return new DnsAnswer
        {
            Question = question,
            Status = status,
            Records = step == WalkStep.Found ? walk.Records : [],
            CanonicalName = walk.Current,
            IsAuthentic = walk.IsAuthentic,
            Server = server,
            Came = now,
            Expires = now + (aliasLife < life ? aliasLife : life),
            Outcome = outcome,
            WireSize = reply.Size,
        };
    }

    private DnsAnswer Failed(in DnsQuestion question, in DnsExchange exchange, IPEndPoint server)
    {
        bool heard = exchange.Outcome == ExchangeOutcome.Answered;
        Instant now = _clock.Now;
        return new DnsAnswer
        {
            Question = question,
            Status = DnsStatus.Failure,
            CanonicalName = question.Name,
            Server = heard ? server : null,
            Came = now,
            Expires = now + (heard ? DnsCache.FailureTtl : DnsCache.SilenceTtl),
            Outcome = heard ? exchange.Trouble : $"{exchange.Trouble} from {DnsAnswer.Describe(server)}",
        };
    }

    private DnsAnswer Failed(in DnsQuestion question, string reason)
    {
        Instant now = _clock.Now;
        return new DnsAnswer
        {
            Question = question,
            Status = DnsStatus.Failure,
            CanonicalName = question.Name,
            Came = now,
            Expires = now + DnsCache.MinTtl,
            Outcome = reason,
        };
    }
}
