// When a message may be delivered: spans of time in order, none of which touches the next. Immutable.

using Godwit.Foundation;

namespace Godwit.Mail;

/// <summary>A span of time, its end not included.</summary>
public readonly record struct DeliveryWindow(Instant Start, Instant End);

/// <summary>The times in which a message may be attempted (X-Schedule). There is at least one.</summary>
public sealed class DeliveryWindows : IEquatable<DeliveryWindows>
{
    /// <summary>Windows in one message: three months of days. They stand in the spool with every message.</summary>
    public const int MaxWindows = 100;

    private readonly DeliveryWindow[] _windows;

    private DeliveryWindows(DeliveryWindow[] windows) => _windows = windows;

    /// <summary>In the order of their times.</summary>
    public IReadOnlyList<DeliveryWindow> All => _windows;

    /// <summary>When the last window closes: what is undelivered then, stays so.</summary>
    public Instant End => _windows[^1].End;

    /// <summary>
    /// Puts windows in order and joins those that overlap or touch. Throws <see cref="ArgumentException"/> when there is none, or one ends before it begins.
    /// </summary>
    public static DeliveryWindows Of(IReadOnlyList<DeliveryWindow> windows)
    {
        ArgumentOutOfRangeException.ThrowIfZero(windows.Count);
        DeliveryWindow[] sorted = [.. windows];
        Array.Sort(sorted, static (a, b) => a.Start.CompareTo(b.Start));
        var joined = new List<DeliveryWindow>(sorted.Length);
        foreach (DeliveryWindow window in sorted)
        {
            if (window.End <= window.Start)
            {
                throw new ArgumentException($"the window {window.Start} ends before it begins", nameof(windows));
            }

            if (joined.Count > 0 && window.Start <= joined[^1].End)
            {
                joined[^1] = joined[^1] with { End = Instant.Max(joined[^1].End, window.End) };
            }
            else
            {
                joined.Add(window);
            }
        }

        return new DeliveryWindows([.. joined]);
    }

    /// <summary>The first time at or behind <paramref name="time"/> at which a window is open; <see cref="Instant.Never"/> behind the last one.</summary>
    public Instant NextOpen(Instant time)
    {
        foreach (DeliveryWindow window in _windows)
        {
            if (time < window.End)
            {
                return Instant.Max(time, window.Start);
            }
        }

        return Instant.Never;
    }

    public bool IsOpen(Instant time) => NextOpen(time) == time;

    public bool Equals(DeliveryWindows? other) => other is not null && _windows.AsSpan().SequenceEqual(other._windows);

    public override bool Equals(object? obj) => Equals(obj as DeliveryWindows);

    public override int GetHashCode() => HashCode.Combine(_windows.Length, _windows[0], End);

    public override string ToString() => string.Join(", ", _windows.Select(window => $"{window.Start}/{window.End}"));
}
