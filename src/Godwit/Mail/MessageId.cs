// Our own name for a message: 42 bits of milliseconds, 22 bits of sequence. It sorts by time, and it is the message's time of arrival,
// so neither the spool nor the queues store that time a second time.

using System.Globalization;
using Godwit.Foundation;

namespace Godwit.Mail;

/// <summary>Names one message on this server, for ever. Sorts by time of arrival (to the millisecond).</summary>
public readonly record struct MessageId(long Value) : IComparable<MessageId>
{
    private const int SequenceBits = 22;

    /// <summary>When the message was accepted, to the millisecond.</summary>
    public Instant Time => Instant.FromUnixMilliseconds(Value >> SequenceBits);

    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <summary>Sixteen hexadecimal digits: the form in Received, in the log and in replies.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    public static bool TryParse(ReadOnlySpan<char> text, out MessageId id)
    {
        bool valid = long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value);
        id = new MessageId(value);
        return valid && text.Length == 16;
    }

    /// <summary>Hands out ids, each larger than every one before it, also when more than 4 million fall into one millisecond. Thread safe.</summary>
    public sealed class Sequence(ServerClock clock)
    {
        private long _last;

        /// <summary>Ids given from now on are larger than <paramref name="known"/>: called with the largest id found in the spool.</summary>
        public void StartAfter(MessageId known) => _last = Math.Max(_last, known.Value);

        public MessageId Next()
        {
            while (true)
            {
                long last = Volatile.Read(ref _last);
                long next = Math.Max(last + 1, clock.Now.UnixMilliseconds << SequenceBits);
                if (Interlocked.CompareExchange(ref _last, next, last) == last)
                {
                    return new MessageId(next);
                }
            }
        }
    }
}
