using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Tests.Reception;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Diagnostics;

public sealed class MailHistoryTests
{
    /// <summary>A minute at which a ten begins.</summary>
    private const int Start = 29_500_000;

    private const int Most = 50;

    private readonly MailHistory _history = new(Most, Most);

    [Fact]
    public void Each_minute_says_what_it_brought_and_what_stood_at_its_end()
    {
        Settle("a.example", "v1", Start, delivered: 3, deferred: 1);
        Settle("a.example", "v2", Start, delivered: 2);
        End(Start, waiting: 40, connections: 4);
        Settle("a.example", "v1", Start + 1, bounced: 5);
        _history.EndMinute(Start + 1, [], []);
        End(Start + 2, waiting: 7, connections: 1);

        MailStepList queue = _history.OfQueue(new QueueName("a.example", "v1"), HistoryRange.Hour)!;
        Assert.Equal((60, TimeSpan.FromMinutes(1), Ending(Start + 2 - 59)), (queue.Steps.Count, queue.Step, queue.Start));
        Assert.All(queue.Steps.Take(57), step => Assert.Null(step));
        Assert.Equal(
            [
                new MailStep(Start, 3, 1, 0, 40, 4),
                new MailStep(Start + 1, 0, 0, 5, MailStep.NotSampled, MailStep.NotSampled),
                new MailStep(Start + 2, 0, 0, 0, 7, 1),
            ],
            queue.Steps.Skip(57).Select(step => step!.Value));
        Assert.Equal(5, _history.OfDestination("a.example", HistoryRange.Hour)!.Steps[57]!.Value.Delivered);
        Assert.Null(_history.OfQueue(new QueueName("b.example", "v1"), HistoryRange.Hour));
    }

    [Fact]
    public void Ten_minutes_are_told_when_they_are_over_with_what_stood_at_their_end()
    {
        for (int minute = Start; minute < Start + 15; minute++)
        {
            Settle("a.example", "v1", minute, delivered: 2);
            End(minute, waiting: minute - Start, connections: 1);
        }

        MailStepList day = _history.OfDestination("a.example", HistoryRange.Day)!;

        Assert.Equal((144, TimeSpan.FromMinutes(10), Ending(Start + 9 - 1430)), (day.Steps.Count, day.Step, day.Start));
        Assert.Equal(new MailStep(Start / 10, 20, 0, 0, 9, 1), day.Steps[^1]);
        Assert.Null(day.Steps[^2]);
    }

    [Fact]
    public void What_is_older_than_an_hour_or_a_day_makes_room()
    {
        for (int minute = Start; minute < Start + 1500; minute++)
        {
            Settle("a.example", "v1", minute, delivered: minute - Start);
            End(minute, waiting: 1, connections: 0);
        }

        IReadOnlyList<MailStep?> hour = _history.OfDestination("a.example", HistoryRange.Hour)!.Steps;
        Assert.Equal(Enumerable.Range(1440, 60), hour.Select(step => step!.Value.Delivered));
        Assert.Equal(Enumerable.Range(Start / 10 + 6, 144), _history.OfDestination("a.example", HistoryRange.Day)!.Steps.Select(step => step!.Value.Number));
    }

    [Fact]
    public void A_minute_in_which_the_machine_had_no_time_is_missing_and_its_mail_is_not()
    {
        Settle("a.example", "v1", Start, delivered: 1);
        End(Start, waiting: 1, connections: 0);
        Settle("a.example", "v1", Start + 1, delivered: 2);
        Settle("a.example", "v1", Start + 2, delivered: 3);
        End(Start + 2, waiting: 1, connections: 0);

        Assert.Equal([1, null, 5], _history.OfDestination("a.example", HistoryRange.Hour)!.Steps.Skip(57).Select(step => step?.Delivered));
    }

    [Fact]
    public void Only_the_most_active_are_kept_and_who_becomes_one_takes_the_place_of_the_quietest()
    {
        for (int i = 0; i < Most; i++)
        {
            Settle($"d{i}.example", "v1", Start, delivered: 10 + i);
        }

        Settle("late.example", "v1", Start, delivered: 1);
        End(Start, waiting: 0, connections: 0);
        Assert.Null(_history.OfDestination("late.example", HistoryRange.Hour));
        Assert.Equal($"d{Most - 1}.example", _history.Destinations[0]);

        Settle("late.example", "v1", Start + 1, delivered: 500);
        End(Start + 1, waiting: 0, connections: 0);
        Settle("late.example", "v1", Start + 2, delivered: 7);
        End(Start + 2, waiting: 9, connections: 0);

        // What it had before it was kept is not known as a whole, so it is not told.
        Assert.Equal([null, null, new MailStep(Start + 2, 7, 0, 0, 9, 0)], _history.OfDestination("late.example", HistoryRange.Hour)!.Steps.Skip(57));
        Assert.Equal(Most, _history.Destinations.Count);
        Assert.Null(_history.OfDestination("d0.example", HistoryRange.Hour));
        Assert.NotNull(_history.OfDestination("d1.example", HistoryRange.Hour));
    }

    [Fact]
    public void Queues_whose_hosts_all_fail_leave_room_for_one_that_becomes_busy()
    {
        for (int i = 0; i < Most; i++)
        {
            Settle($"d{i}.example", "v1", Start, delivered: 10);
        }

        for (int i = 0; i < 10 * Most; i++)
        {
            Settle($"unreachable{i}.example", "v1", Start, delivered: 0);
        }

        Settle("late.example", "v1", Start, delivered: 500);
        End(Start, waiting: 0, connections: 0);

        Assert.Contains("late.example", _history.Destinations);
    }

    [Fact]
    public void Those_that_are_equally_busy_do_not_drive_each_other_out()
    {
        for (int minute = Start; minute < Start + 20; minute++)
        {
            for (int i = 0; i < 2 * Most; i++)
            {
                Settle($"d{i}.example", "v1", minute, delivered: 3);
            }

            End(minute, waiting: 0, connections: 0);
        }

        Assert.Equal(Most, _history.Destinations.Count(name => int.Parse(name[1..^8]) < Most));
    }

    [Fact]
    public void Very_many_queues_take_no_more_memory_than_those_that_are_kept()
    {
        string[] names = [.. Enumerable.Range(0, 100_000).Select(i => $"d{i}.example")];
        const int Enough = 1000;
        Array.ForEach(names[..Enough], name => Settle(name, "v1", Start, delivered: 1));
        string[] others = names[Enough..];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Array.ForEach(others, name => Settle(name, "v1", Start, delivered: 1));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
    }

    [Fact]
    public void Minutes_end_by_the_clock_and_those_that_are_kept_are_sampled()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 42, TimeSpan.Zero));
        var clock = new ServerClock(time);
        var asked = new List<string>();
        using var sampling = new MailSampling(
            _history,
            queues => [.. queues.Select(queue => new WaitingMail<QueueName>(queue, 12, 2))],
            destinations =>
            {
                asked.AddRange(destinations);
                return [.. destinations.Select(destination => new WaitingMail<string>(destination, 30, 3))];
            },
            clock, NullLogger.Instance);
        _history.Settled(new SettledRecipients("a.example", "v1", null, "", 1, 0, 0, 250, "ok", clock.Now));

        time.Advance(TimeSpan.FromSeconds(17));
        Assert.Empty(asked);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["a.example"], asked);
        MailStep queue = _history.OfQueue(new QueueName("a.example", "v1"), HistoryRange.Hour)!.Steps[^1]!.Value;
        Assert.Equal((1, 12, 2), (queue.Delivered, queue.Queued, queue.Connections));
        Assert.Equal(30, _history.OfDestination("a.example", HistoryRange.Hour)!.Steps[^1]!.Value.Queued);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public void A_look_that_breaks_is_logged_once_and_the_next_minute_is_looked_at()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 42, TimeSpan.Zero));
        var clock = new ServerClock(time);
        var log = new RecordingLog();
        bool isBroken = true;
        using var sampling = new MailSampling(
            _history,
            queues => isBroken ? throw new InvalidOperationException("no queue is where it was") : [],
            destinations => [.. destinations.Select(destination => new WaitingMail<string>(destination, 30, 3))],
            clock, log);
        _history.Settled(new SettledRecipients("a.example", "v1", null, "", 1, 0, 0, 250, "ok", clock.Now));

        time.Advance(TimeSpan.FromMinutes(2));
        string line = Assert.Single(log.Errors);
        Assert.StartsWith("the look at the last minute, for the charts, broke off", line, StringComparison.Ordinal);
        Assert.Contains("no queue is where it was", line, StringComparison.Ordinal);

        isBroken = false;
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(30, _history.OfDestination("a.example", HistoryRange.Hour)!.Steps[^1]!.Value.Queued);
    }

    private void Settle(string destination, string virtualMta, int minute, int delivered = 0, int deferred = 0, int bounced = 0) => _history.Settled(
        new SettledRecipients(destination, virtualMta, null, "", delivered, deferred, bounced, 250, "ok", new Instant(minute * TimeSpan.TicksPerMinute)));

    private void End(int minute, long waiting, int connections) => _history.EndMinute(
        minute, [.. _history.Queues.Select(queue => new WaitingMail<QueueName>(queue, waiting, connections))],
        [.. _history.Destinations.Select(destination => new WaitingMail<string>(destination, waiting, connections))]);

    private static Instant Ending(int minute) => new((minute + 1) * TimeSpan.TicksPerMinute);
}
