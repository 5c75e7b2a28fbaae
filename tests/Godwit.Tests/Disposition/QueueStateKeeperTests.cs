// What is written about queues and jobs, what comes back from it, and a spool that refuses for a while.

using System.Collections.Concurrent;
using System.Net;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Spool;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Disposition;

public sealed class QueueStateKeeperTests : IAsyncDisposable
{
    private static readonly QueueKey _queue = new(DomainName.Parse("example.com"), EnvelopeRecipient.DefaultVirtualMta);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentDictionary<string, byte[]> _spool = new();
    private readonly CurrentSettings _settings = new(TestSettings.Server());
    private readonly ServerClock _clock;
    private readonly Scheduler _scheduler;
    private volatile bool _refuses;
    private volatile string? _faultyKey;
    private int _refused;
    private QueueStateKeeper _keeper;

    public QueueStateKeeperTests()
    {
        _clock = new ServerClock(_time);
        _scheduler = new Scheduler(_settings);
        _keeper = Keeper(_scheduler);
    }

    [Fact]
    public async Task A_mode_comes_back_with_the_next_start_and_is_gone_when_it_has_ended()
    {
        _keeper.Start();
        _scheduler.SetMode(_queue, QueueMode.Backoff, Instant.Never, "said 421", _clock.Now);
        await Eventually.TrueAsync(() => Kept("queue/example.com/{default}"), _patience);

        Scheduler next = await RestartAsync();
        Assert.False(next.SetMode(_queue, QueueMode.Backoff, Instant.Never, "again", _clock.Now), "it was not in backoff mode any more");

        next.SetMode(_queue, QueueMode.Normal, Instant.Never, "enough", _clock.Now);
        await Eventually.TrueAsync(() => !Kept("queue/example.com/{default}"), _patience);
    }

    [Fact]
    public async Task A_paused_job_is_paused_after_a_restart_until_it_is_resumed()
    {
        _keeper.Start();
        _scheduler.PauseJob("campaign-7", _clock.Now);
        await Eventually.TrueAsync(() => Kept("job/campaign-7"), _patience);

        Scheduler next = await RestartAsync();
        Assert.True(Assert.Single(next.Jobs()).IsPaused);

        next.ResumeJob("campaign-7", _clock.Now);
        await Eventually.TrueAsync(() => !Kept("job/campaign-7"), _patience);
    }

    [Fact]
    public async Task What_the_spool_refuses_is_written_when_it_takes_again()
    {
        _refuses = true;
        _keeper.Start();
        _scheduler.SetMode(_queue, QueueMode.Backoff, Instant.Never, "said 421", _clock.Now);
        await Eventually.TrueAsync(() => Volatile.Read(ref _refused) > 0, _patience);

        _refuses = false;
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return Kept("queue/example.com/{default}");
            },
            _patience);
    }

    [Fact]
    public async Task A_fault_with_one_state_keeps_no_other_from_the_spool_and_it_is_tried_again()
    {
        _faultyKey = "queue/faulty.example/{default}";
        _keeper.Start();
        _scheduler.SetMode(new QueueKey(DomainName.Parse("faulty.example"), "{default}"), QueueMode.Backoff, Instant.Never, "said 421", _clock.Now);
        _scheduler.SetMode(_queue, QueueMode.Backoff, Instant.Never, "said 421", _clock.Now);
        await Eventually.TrueAsync(() => Kept("queue/example.com/{default}"), _patience);
        Assert.False(Kept("queue/faulty.example/{default}"));

        _faultyKey = null;
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return Kept("queue/faulty.example/{default}");
            },
            _patience);
    }

    [Fact]
    public async Task A_change_of_the_last_moment_is_written_at_the_stop()
    {
        _keeper.Start();
        _scheduler.SetMode(_queue, QueueMode.Backoff, Instant.Never, "said 421", _clock.Now);

        await _keeper.DisposeAsync();

        Assert.True(Kept("queue/example.com/{default}"));
    }

    [Fact]
    public async Task A_state_that_time_has_ended_is_taken_out_of_the_spool()
    {
        var memory = new QueueMemory { Disabled = [new DisabledSource(IPAddress.Loopback, _clock.Now - TimeSpan.FromHours(1), "")] };
        _spool["queue/example.com/{default}"] = QueueMemoryFormat.Write(memory, out _);

        _keeper.Restore();
        _keeper.Start();

        await Eventually.TrueAsync(() => !Kept("queue/example.com/{default}"), _patience);
    }

    [Fact]
    public void What_cannot_be_read_stops_no_start()
    {
        _spool["queue/example.com/{default}"] = [1, 2, 3];
        _spool["queue/"] = [1];
        _spool["something/else"] = [1];

        _keeper.Restore();

        Assert.True(_scheduler.SetMode(_queue, QueueMode.Backoff, Instant.Never, "first", _clock.Now));
    }

    public async ValueTask DisposeAsync() => await _keeper.DisposeAsync();

    private bool Kept(string key) => _spool.TryGetValue(key, out byte[]? value) && value.Length > 0;

    private async Task<Scheduler> RestartAsync()
    {
        await _keeper.DisposeAsync();
        var scheduler = new Scheduler(_settings);
        _keeper = Keeper(scheduler);
        _keeper.Restore();
        _keeper.Start();
        return scheduler;
    }

    private QueueStateKeeper Keeper(Scheduler scheduler) => new(
        scheduler, _spool, Put, _ => ValueTask.FromResult(new SmtpReply(250, "ok")), _settings, _clock, NullLogger.Instance);

    private ValueTask Put(string key, ReadOnlyMemory<byte> value)
    {
        if (_refuses)
        {
            Interlocked.Increment(ref _refused);
            throw new SpoolException("the disk is full");
        }

        if (key == _faultyKey)
        {
            throw new InvalidOperationException("a fault");
        }

        _spool[key] = value.ToArray();
        return ValueTask.CompletedTask;
    }
}
