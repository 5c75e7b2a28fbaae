// Records on their way to one command. One loop: it starts the program, writes the header line and then record after record as the program reads them, and
// moves the durable cursor behind what has arrived. A program that ends, or reads nothing for write-timeout and is ended, gets a rest of retry-interval; the
// next one begins with the header line and the first record that may not have arrived. Records are repeated then, and never left out.
// Owned by RecordExports. While there is no program the records wait on disk, and mail goes on.

using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Export;

/// <summary>Feeds the records of one <c>&lt;acct-file |command&gt;</c> to its program.</summary>
internal sealed class PipeExport : IRecordExport
{
    /// <summary>Octets read and written at a time: whole lines, and what is repeated begins at one of these pieces.</summary>
    private const int Piece = PipeRun.PieceOctets;

    /// <summary>How often a full pipe is looked at again.</summary>
    private static readonly TimeSpan _fullPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the cursor moves, so that a busy pipe does not sync for each piece.</summary>
    private static readonly TimeSpan _settlePause = TimeSpan.FromSeconds(1);

    /// <summary>A program has this long to end behind the end of its input; the server's stop waits for it.</summary>
    private static readonly TimeSpan _endPatience = TimeSpan.FromSeconds(1);

    private readonly StagedRecords _records;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly ExportState _state;
    private readonly WakeSignal _retry = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private PipeRun? _run;
    private Instant _settleDue;

    public PipeExport(AccountingFileSettings settings, StagedRecords records, ServerClock clock, ILogger log)
    {
        (Settings, _records, _clock, _log) = (settings, records, clock, log);
        _state = new ExportState(CommandName.Of(settings.Command), records, clock, log);
        _running = Task.Run(RunAsync);
    }

    public AccountingFileSettings Settings { get; }

    public ExportTrouble? Trouble => _state.Trouble;

    public long Waiting => _state.Waiting;

    public void TryNow() => _retry.Set();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _records.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                string end = await FeedAsync();
                if (end.Length == 0)
                {
                    await EndRunAsync();
                    continue;
                }

                _state.Hold($"{end}; it is started again in {Settings.RetryInterval.TotalSeconds:0.#} s or by a reload");
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                // The device, or a fault of ours: either way the records stay where they are, and are tried again.
                _state.Hold(failure.Message);
            }

            await EndRunAsync();
            await RestAsync();
        }

        await EndRunAsync();
    }

    /// <summary>Feeds one program until it ends. Returns why it did; empty when it is only to be started anew, for other columns.</summary>
    private async Task<string> FeedAsync()
    {
        _records.Rewind();
        PipeRun run = _run = PipeRun.Start(Settings.Command, _log);
        _ = WakeAtEndAsync(run);
        while (!run.HasEnded)
        {
            bool any = _records.Available() > 0;
            string fault = await IntroduceAsync(run);
            if (fault.Length > 0)
            {
                return fault;
            }

            if (any && !run.Header.AsSpan().SequenceEqual(_records.Header))
            {
                return ""; // The program could not know where other columns begin.
            }

            ReadOnlyMemory<byte> lines = any ? _records.Peek(Piece) : default;
            if (lines.IsEmpty)
            {
                await WaitAsync(run);
                continue;
            }

            fault = await WriteAsync(run, lines);
            if (fault.Length > 0)
            {
                return fault;
            }

            _records.Advance(lines.Length);
            run.Note(_records.Place);
            LookAtProgress(run);
        }

        return HowItEnded(await run.Ended);
    }

    private static string HowItEnded(ProgramEnd end) =>
        end.Signal > 0 ? $"the program was ended by signal {end.Signal}" : $"the program ended with code {end.Code}";

    /// <summary>The header line, once, as soon as there is one.</summary>
    private async Task<string> IntroduceAsync(PipeRun run)
    {
        if (run.Header.Length > 0 || _records.Header.Length == 0)
        {
            return "";
        }

        run.Header = _records.Header.ToArray();
        return await WriteAsync(run, run.Header);
    }

    /// <summary>Until there are more records, or the program has ended; shorter while something is still to be seen of what it has got.</summary>
    private async Task WaitAsync(PipeRun run)
    {
        LookAtProgress(run);
        TimeSpan wait = run.IsBehind || _state.IsHeld ? _settlePause : Timeout.InfiniteTimeSpan;
        await _records.More.WaitAsync(wait, _clock.Time, _stop.Token);
    }

    private void LookAtProgress(PipeRun run)
    {
        Settle(run, now: false);
        if (_state.IsHeld && run.HasTaken && !run.HasEnded)
        {
            _state.GoOn();
        }
    }

    /// <summary>Writes all of it as the program reads. What stands in the way; empty when nothing does.</summary>
    private async Task<string> WriteAsync(PipeRun run, ReadOnlyMemory<byte> octets)
    {
        Instant progress = _clock.Now;
        while (!octets.IsEmpty)
        {
            int written;
            try
            {
                written = run.TryWrite(octets.Span);
            }
            catch (IOException)
            {
                await Task.WhenAny(run.Ended, Task.Delay(_endPatience, _clock.Time, _stop.Token));
                return run.HasEnded ? HowItEnded(await run.Ended) : "the program has closed its input";
            }

            octets = octets[written..];
            if (written > 0)
            {
                progress = _clock.Now;
            }
            else if (_clock.Now - progress >= Settings.WriteTimeout)
            {
                run.Kill();
                return $"the program has read nothing for {Settings.WriteTimeout.TotalSeconds:0.#} s and was ended";
            }
            else
            {
                LookAtProgress(run);
                await Task.Delay(_fullPause, _clock.Time, _stop.Token);
            }
        }

        return "";
    }

    private void Settle(PipeRun run, bool now)
    {
        if ((now || _clock.Now >= _settleDue) && run.TakeArrived() is { } place)
        {
            _settleDue = _clock.Now + _settlePause;
            _records.Settle(place);
        }
    }

    /// <summary>Wakes the loop that waits for records: there is something else to do.</summary>
    private async Task WakeAtEndAsync(PipeRun run)
    {
        await run.Ended;
        _records.More.Set();
    }

    /// <summary>Lets the program end by itself, so that what it has read counts, and ends it when it does not.</summary>
    private async Task EndRunAsync()
    {
        if (_run is not { } run)
        {
            return;
        }

        _run = null;
        using (run)
        {
            try
            {
                await DrainAsync(run);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                _state.Hold($"{Settings.FilePath}: {failure.Message}");
            }
        }
    }

    /// <summary>What lies in the pipe is read first: once the pipe is closed, nobody can tell how much of it was.</summary>
    private async Task DrainAsync(PipeRun run)
    {
        Instant until = _clock.Now + _endPatience;
        while (!run.HasEnded && run.Unread > 0 && _clock.Now < until)
        {
            await Task.Delay(_fullPause, _clock.Time, CancellationToken.None);
        }

        Settle(run, now: true);
        StagedPlace? read = run is { HasEnded: false, Unread: 0 } ? _records.Place : null;
        run.CloseInput();
        await Task.WhenAny(run.Ended, Task.Delay(_endPatience, _clock.Time, CancellationToken.None));
        if (read is { } place && run.HasEnded && await run.Ended is { Code: 0, Signal: 0 } && place.Name.Length > 0)
        {
            _records.Settle(place);
        }
    }

    private async Task RestAsync()
    {
        try
        {
            await _retry.WaitAsync(Settings.RetryInterval, _clock.Time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            return; // The export is to stop.
        }
    }
}
