// Entries by key, at most so many; where one more comes, the one that was used longest ago goes. In stripes, each with a lock and a share of the bound, so that
// who counts and who reads seldom meet. The caller holds the stripe's lock while it uses an entry.

using System.Diagnostics.CodeAnalysis;

namespace Godwit.Diagnostics;

/// <summary>A bounded table of what was used lately.</summary>
/// <param name="most">Entries in all. A stripe that keys happen to crowd into begins to forget a little before the others.</param>
internal sealed class ActivityTable<TKey, TEntry>(int most, Func<TKey, TEntry> make)
    where TKey : notnull
    where TEntry : class
{
    /// <summary>More than threads that count at once.</summary>
    private const int StripeCount = 16;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new Stripe((most + StripeCount - 1) / StripeCount, make))];

    public Stripe StripeOf(TKey key) => _stripes[(uint)key.GetHashCode() % StripeCount];

    /// <summary>What each entry says, read stripe by stripe under its lock.</summary>
    public List<TReport> Read<TReport>(Func<TKey, TEntry, TReport> report)
    {
        var all = new List<TReport>();
        foreach (Stripe stripe in _stripes)
        {
            lock (stripe.Gate)
            {
                stripe.Read(report, all);
            }
        }

        return all;
    }

    /// <summary>What one entry says; default when it is not there. Asking is no use of it.</summary>
    public TReport? Read<TReport>(TKey key, Func<TKey, TEntry, TReport> report)
    {
        Stripe stripe = StripeOf(key);
        lock (stripe.Gate)
        {
            return stripe.TryFind(key, out TEntry? entry) ? report(key, entry) : default;
        }
    }

    /// <summary>A part of the table.</summary>
    public sealed class Stripe(int most, Func<TKey, TEntry> make)
    {
        private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TEntry Entry)>> _nodes = [];
        private readonly LinkedList<(TKey Key, TEntry Entry)> _byUse = new();

        public Lock Gate { get; } = new();

        /// <summary>The entry of a key, found or made; it is now the one used last. Allocates only where it is made.</summary>
        public TEntry Touch(TKey key)
        {
            if (_nodes.TryGetValue(key, out LinkedListNode<(TKey Key, TEntry Entry)>? node))
            {
                if (node != _byUse.First)
                {
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                }

                return node.ValueRef.Entry;
            }

            if (_nodes.Count >= most)
            {
                _nodes.Remove(_byUse.Last!.ValueRef.Key);
                _byUse.RemoveLast();
            }

            TEntry entry = make(key);
            _nodes.Add(key, _byUse.AddFirst((key, entry)));
            return entry;
        }

        public bool TryFind(TKey key, [NotNullWhen(true)] out TEntry? entry)
        {
            entry = _nodes.TryGetValue(key, out LinkedListNode<(TKey Key, TEntry Entry)>? node) ? node.ValueRef.Entry : null;
            return entry is not null;
        }

        public void Read<TReport>(Func<TKey, TEntry, TReport> report, List<TReport> into)
        {
            foreach ((TKey key, TEntry entry) in _byUse)
            {
                into.Add(report(key, entry));
            }
        }
    }
}
