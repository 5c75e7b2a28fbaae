// A spool on a simulated disk, and messages to put into it.

using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Spool;

/// <summary>Opens spools and makes what tests store. Its clock stands still unless told.</summary>
internal sealed class SpoolRig
{
    public const int SegmentOctets = 16 * 1024;

    public static readonly SpoolOptions Small = new() { SegmentOctets = SegmentOctets, Mode = CommitMode.OnCaller, CompactionRest = TimeSpan.Zero };

    private static readonly Lazy<EnvelopeRecipient[]> _recipients = new(() =>
    [
        .. Enumerable.Range(0, Envelope.MaxRecipients).Select(i => new EnvelopeRecipient
        {
            Address = EmailAddress.Parse($"user{i}@example.net"),
            Destination = DomainName.Parse("example.net"),
            VirtualMta = "mta1",
        }),
    ]);

    private long _lastId = 1000;

    public SpoolRig(int seed = 0)
    {
        Volume = new SimulatedVolume(seed);
        Clock = new ServerClock(Time);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public ServerClock Clock { get; }

    public SimulatedVolume Volume { get; set; }

    public RecordingLog Log { get; } = new();

    public long MinFreeSpace { get; set; }

    public MessageSpool Open(SpoolOptions? options = null) => MessageSpool.Open(Volume, () => MinFreeSpace, Clock, Log, options ?? Small);

    /// <summary>The power fails, and a new process opens what is left.</summary>
    public MessageSpool Reopen(SpoolOptions? options = null)
    {
        Volume = Volume.Crash();
        return Open(options);
    }

    public Envelope NewEnvelope(int recipients = 1) => new()
    {
        Id = new MessageId(++_lastId),
        Sender = EmailAddress.Parse("sender@example.com"),
        Recipients = [.. _recipients.Value.Take(recipients)],
        JobId = "job-7",
    };

    public static StoredMessage Store(MessageSpool spool, Envelope envelope, params byte[][] content) =>
        Done(spool.StoreAsync(envelope, [.. content.Select(part => new ReadOnlyMemory<byte>(part))], [], []));

    public StoredMessage Store(MessageSpool spool, string text = "Subject: x\r\n\r\nhello\r\n", int recipients = 1) =>
        Store(spool, NewEnvelope(recipients), Encoding.ASCII.GetBytes(text));

    public static ContentExtent WritePart(MessageSpool spool, byte[] octets) =>
        Done(spool.WritePartAsync([octets], CancellationToken.None));

    public static void Done(MessageSpool spool, StoredMessage message, params int[] recipients) =>
        Done(spool.MarkAsync([.. recipients.Select(i => new SpoolMark(message, i, Done: true, 0, default, default, ""))]));

    public static void Defer(MessageSpool spool, StoredMessage message, int recipient, int attempts, string reply = "451 later") =>
        Done(spool.MarkAsync([new SpoolMark(message, recipient, Done: false, attempts, new Instant(attempts * 1000L), new Instant(attempts), reply)]));

    public static byte[] Content(MessageSpool spool, StoredMessage message)
    {
        using SpooledContent content = spool.Read(message);
        return All(content);
    }

    public static byte[] All(SpooledContent content)
    {
        var all = new MemoryStream();
        while (content.TryReadNext(out ReadOnlyMemory<byte> piece))
        {
            all.Write(piece.Span);
        }

        Assert.Equal(content.Length, all.Length);
        return all.ToArray();
    }

    public static byte[] Octets(int seed, int length)
    {
        byte[] octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    public static T Done<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    public static void Done(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}

/// <summary>Remembers what was logged.</summary>
internal sealed class RecordingLog : ILogger
{
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IEnumerable<string> At(LogLevel level)
    {
        lock (_lines)
        {
            return [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((logLevel, formatter(state, exception)));
        }
    }
}
