// The last lines of the log, in memory, for whoever looks at a running server. Owned by the LogFile; thread safe.
// There is one ring for all followers: each reads on from the line that it had, so a follower costs nothing while it waits and cannot hold up a writer.
// One that is slower than the log loses the oldest lines; it sees the gap in their numbers, and Missed counts them. The log file's own troubles do not
// show here: a line is in the ring before it is on its way to the disk.

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>Keeps the newest lines and lets followers await the next ones.</summary>
public sealed class LogTail
{
    /// <summary>Lines kept: some pages of a console.</summary>
    public const int MaxLines = 2000;

    /// <summary>Characters kept, so that two thousand stack traces do not stay in memory; ordinary lines need a tenth of it.</summary>
    public const int MaxCharacters = 2 * 1024 * 1024;

    /// <summary>Lines that a follower takes at a time.</summary>
    private const int MaxPiece = 256;

    private readonly Lock _gate = new();
    private readonly Queue<LogLine> _lines = new();
    private TaskCompletionSource? _next;
    private long _last;
    private long _characters;
    private long _missed;

    /// <summary>The number of the newest line; 0 before the first.</summary>
    public long LastSequence
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>Lines that left the ring before some follower had read them.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    /// <summary>The newest lines, oldest first.</summary>
    /// <param name="most">At most this many, and no more than are kept.</param>
    public IReadOnlyList<LogLine> Recent(int most)
    {
        lock (_gate)
        {
            return [.. _lines.Skip(Math.Max(0, _lines.Count - Math.Max(0, most)))];
        }
    }

    /// <summary>
    /// Every line behind number <paramref name="after"/>, the kept ones at once and the others as they come; 0 begins with the oldest that is kept, and so
    /// does a number that this log has never reached (it is another server's). Ends only by cancellation, with an <see cref="OperationCanceledException"/>.
    /// </summary>
    public async IAsyncEnumerable<LogLine> FollowAsync(long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        after = after > LastSequence ? 0 : after;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            (List<LogLine> piece, Task more) = Take(after);
            foreach (LogLine line in piece)
            {
                // What nobody can know is not missed: a follower that begins with 0 begins where the ring does.
                if (after > 0 && line.Sequence > after + 1)
                {
                    Interlocked.Add(ref _missed, line.Sequence - after - 1);
                }

                after = line.Sequence;
                yield return line;
            }

            await more.WaitAsync(cancellation);
        }
    }

    /// <summary>Takes a line in. Never waits for a follower.</summary>
    internal void Add(DateTimeOffset time, LogLevel level, string text)
    {
        TaskCompletionSource? next;
        lock (_gate)
        {
            _lines.Enqueue(new LogLine(++_last, time, level, text));
            _characters += text.Length;
            while (_lines.Count > MaxLines || (_characters > MaxCharacters && _lines.Count > 1))
            {
                _characters -= _lines.Dequeue().Text.Length;
            }

            (next, _next) = (_next, null);
        }

        next?.SetResult();
    }

    /// <summary>Lines behind a number, and what completes when there may be more.</summary>
    private (List<LogLine> Lines, Task More) Take(long after)
    {
        lock (_gate)
        {
            var piece = new List<LogLine>();
            int behind = (int)Math.Min(_lines.Count, _last - after);
            foreach (LogLine line in _lines.Skip(_lines.Count - behind).Take(MaxPiece))
            {
                piece.Add(line);
            }

            if (piece.Count > 0)
            {
                return (piece, Task.CompletedTask);
            }

            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (piece, _next.Task);
        }
    }
}
