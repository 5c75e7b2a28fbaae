// The log: one line for each event, in a file or on standard error. Owned by the composition root.
// Writers only put a line into a bounded channel; one task writes, flushes when the channel is empty, and rotates. When the channel is full the
// line is dropped and counted, and the count is logged when there is room: mail never waits for the log. LogFlood bounds each kind of line by rate, and
// a file ends at its largest size, so the log as a whole is bounded by log-rotate.
// A disk that refuses turns the log to standard error, says so once, and is asked again with the first line of each next minute.

using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>Writes the log. Thread safe. Dispose writes what is waiting and closes the file.</summary>
public sealed partial class LogFile : ILoggerProvider, IAsyncDisposable
{
    /// <summary>Lines waiting for the disk: some seconds of a busy log, at most a few megabytes.</summary>
    private const int MaxWaiting = 8192;

    /// <summary>Octets of one file; with the default of eight files the log has at most 1 GiB, which is weeks of an ordinary log.</summary>
    private const long LargestFile = 128L * 1024 * 1024;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromMinutes(1);

    private readonly Channel<Entry> _waiting;
    private readonly TimeProvider _time;
    private readonly Task _writing;
    private readonly LogLevel _least;
    private volatile string _path;
    private volatile bool _worldReadable;
    private volatile bool _asJson;
    private readonly long _largest;
    private readonly LogFlood _flood;
    private readonly ITimer _sums;
    private volatile int _keep;
    private volatile bool _rotatesAtMidnight;
    private long _dropped;
    private StreamWriter? _file;
    private long _octets;
    private DateOnly _day;
    private DateTimeOffset _nextTry = DateTimeOffset.MinValue;

    /// <summary>Starts a log.</summary>
    /// <param name="path">The file; empty is standard error. Its directory is made when missing.</param>
    /// <param name="keep">Files kept, the current one included; 0 never rotates, and then nothing bounds the file.</param>
    /// <param name="largest">Octets at which a file ends, also where it does not rotate at midnight.</param>
    /// <param name="asJson">Each line is a JSON object.</param>
    public LogFile(string path, int keep, TimeProvider time, bool rotatesAtMidnight = true, bool worldReadable = false, LogLevel least = LogLevel.Information,
        long largest = LargestFile, bool asJson = false)
    {
        (_path, _keep, _time, _rotatesAtMidnight, _worldReadable, _least, _largest) = (path, keep, time, rotatesAtMidnight, worldReadable, least, largest);
        _asJson = asJson;
        _waiting = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _day = Today();
        _flood = new LogFlood(time);
        _sums = time.CreateTimer(static state => ((LogFile)state!).AddSums(), this, LogFlood.Window, LogFlood.Window);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Lines dropped so far because the disk was too slow.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>The newest lines, for whoever looks at a running server.</summary>
    public LogTail Tail { get; } = new();

    /// <summary>The operator's <c>rotate log</c>: done when the task completes. With <c>log-rotate 0</c> the file is only opened anew.</summary>
    public Task RotateAsync() => AskAsync(Request.Rotate);

    /// <summary>Opens the file anew, for somebody who moved it away.</summary>
    public Task ReopenAsync() => AskAsync(Request.Reopen);

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        await _sums.DisposeAsync();
        AddSums();
        _waiting.Writer.TryComplete();
        await _writing;
    }

    private void AddSums()
    {
        foreach ((LogLevel level, string text) in _flood.TakeSums())
        {
            Add(level, text, null);
        }
    }

    private async Task AskAsync(Request request, Successor? next = null)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _waiting.Writer.WriteAsync(new Entry("", request, done, default, next));
        }
        catch (ChannelClosedException)
        {
            return;
        }

        await done.Task;
    }

    private void Add(LogLevel level, string message, Exception? exception, EventId kind = default, IReadOnlyList<KeyValuePair<string, object?>>? values = null)
    {
        DateTimeOffset now = _time.GetLocalNow();
        string text = LogLineForm.Clean(message, exception);
        Tail.Add(now, level, text);
        string line = _asJson ? LogLineForm.Json(now, level, text, kind, values) : LogLineForm.Plain(now, level, text);
        if (!_waiting.Writer.TryWrite(new Entry(line, Request.Write, null, now)))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private async Task WriteAllAsync()
    {
        long reported = 0;
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (_waiting.Reader.TryRead(out Entry entry))
            {
                Take(entry);
            }

            long dropped = Dropped;
            if (dropped > reported)
            {
                DateTimeOffset now = _time.GetLocalNow();
                string notice = $"{dropped - reported} log lines were dropped: the disk of the log is too slow";
                Take(new Entry(Line(now, LogLevel.Warning, notice), Request.Write, null, now));
                reported = dropped;
            }

            Guard(() => _file?.Flush());
        }

        Guard(Close);
    }

    private void Take(Entry entry)
    {
        switch (entry.Request)
        {
            case Request.Rotate:
                _nextTry = DateTimeOffset.MinValue;
                Guard(Rotate);
                break;
            case Request.Switch:
                _nextTry = DateTimeOffset.MinValue;
                Guard(Close);
                TakeOver(entry.Next!);
                break;
            case Request.Reopen:
                _nextTry = DateTimeOffset.MinValue;
                Guard(Close);
                break;
            default:
                Write(entry);
                break;
        }

        if (entry.Done is { } done)
        {
            // A reopen shows at once whether the file can be opened; the first line need not wait for it.
            Guard(() => OpenFile(_time.GetLocalNow()));
            done.SetResult();
        }
    }

    private void Write(Entry entry)
    {
        var day = DateOnly.FromDateTime(entry.Time.DateTime);
        if (day > _day)
        {
            _day = day;
            if (_rotatesAtMidnight)
            {
                Guard(Rotate);
            }
        }

        if (_octets >= _largest && _keep > 0)
        {
            Guard(Rotate);
        }

        bool written = false;
        Guard(() =>
        {
            if (OpenFile(entry.Time) is { } file)
            {
                file.WriteLine(entry.Line);
                _octets += Encoding.UTF8.GetByteCount(entry.Line) + 1;
                written = true;
            }
        });
        if (!written)
        {
            Console.Error.WriteLine(entry.Line);
        }
    }

    private StreamWriter? OpenFile(DateTimeOffset now)
    {
        if (_file is not null || _path.Length == 0 || now < _nextTry)
        {
            return _file;
        }

        _file = Open(_path, _worldReadable);
        _octets = _file.BaseStream.Length;
        return _file;
    }

    private static StreamWriter Open(string path, bool worldReadable)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory);
        }

        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode(worldReadable);
        }

        bool isNew = !File.Exists(path);
        var file = new StreamWriter(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), options);
        if (isNew && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, Mode(worldReadable)); // A strict umask would keep the file from those who may read it.
        }

        return file;
    }

    private static UnixFileMode Mode(bool worldReadable)
    {
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        return worldReadable ? Own | UnixFileMode.OtherRead : Own;
    }

    private void Close()
    {
        StreamWriter? file = _file;
        (_file, _octets) = (null, 0);
        file?.Dispose();
    }

    /// <summary><c>log</c> becomes <c>log.1</c>, <c>log.1</c> becomes <c>log.2</c>; what is beyond the number kept goes.</summary>
    private void Rotate()
    {
        Close();
        int keep = _keep;
        if (keep == 0 || _path.Length == 0 || !File.Exists(_path))
        {
            return;
        }

        for (int old = Math.Max(keep - 1, 0); File.Exists(Numbered(old)); old++)
        {
            File.Delete(Numbered(old));
        }

        for (int i = keep - 2; i >= 0; i--)
        {
            if (File.Exists(Numbered(i)))
            {
                File.Move(Numbered(i), Numbered(i + 1), overwrite: true);
            }
        }
    }

    private string Numbered(int number) => number == 0 ? _path : $"{_path}.{number}";

    /// <summary>Translates a failing disk: the log goes on, on standard error.</summary>
    private void Guard(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            DateTimeOffset now = _time.GetLocalNow();
            (_file, _octets) = (null, 0);
            _nextTry = now + _retryAfter;
            string notice = $"the log {_path} cannot be written ({e.Message}); it goes to standard error for a minute";
            Console.Error.WriteLine(Line(now, LogLevel.Error, notice));
        }
    }

    /// <summary>A line about the log itself.</summary>
    private string Line(DateTimeOffset now, LogLevel level, string notice)
    {
        string text = LogLineForm.Clean(notice, null);
        Tail.Add(now, level, text);
        return _asJson ? LogLineForm.Json(now, level, text, default, null) : LogLineForm.Plain(now, level, text);
    }

    private DateOnly Today() => DateOnly.FromDateTime(_time.GetLocalNow().DateTime);

    private enum Request : byte
    {
        Write,
        Rotate,
        Reopen,
        Switch,
    }

    private readonly record struct Entry(string Line, Request Request, TaskCompletionSource? Done, DateTimeOffset Time, Successor? Next = null);

    /// <summary>What callers hold; all categories write into the one log.</summary>
    private sealed class Category(LogFile log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log._least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && log._flood.Admits(name, logLevel, eventId))
            {
                log.Add(logLevel, formatter(state, exception), exception, eventId, state as IReadOnlyList<KeyValuePair<string, object?>>);
            }
        }
    }
}
