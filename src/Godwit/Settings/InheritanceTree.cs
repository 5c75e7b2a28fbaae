// Effective settings for chains of blocks: defaults, then one block laid over the other. Each chain is computed once and shared by everything
// it applies to, so a million queues under three blocks share three objects. Owned by one ServerSettings; thread safe.
// What is kept is bounded; beyond the bound a chain is computed anew each time, which is slower but never wrong.

using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Godwit.Settings;

/// <summary>A tree of settings: a step from a node lays one more overlay on.</summary>
/// <param name="copy">Makes a fresh object from the settings below, for the overlay on top.</param>
internal sealed class InheritanceTree<T>(T defaults, Func<T, SettingOverlay, T> copy)
    where T : class
{
    /// <summary>
    /// Distinct chains kept. Real configurations have one for each combination of blocks that some mail meets; each costs about half a kilobyte.
    /// </summary>
    public const int MaxKept = 100_000;

    private readonly ConcurrentDictionary<(Node Below, SettingOverlay On), Node> _steps = new();
    private int _kept;

    public Node Root { get; } = new(defaults);

    public Node Step(Node below, SettingOverlay overlay)
    {
        if (_steps.TryGetValue((below, overlay), out Node? known))
        {
            return known;
        }

        T settings = copy(below.Settings, overlay);
        overlay.ApplyTo(settings, defaults);
        var node = new Node(settings);
        if (Volatile.Read(ref _kept) >= MaxKept)
        {
            return node;
        }

        Node stored = _steps.GetOrAdd((below, overlay), node);
        if (stored == node)
        {
            Interlocked.Increment(ref _kept);
        }

        return stored;
    }

    /// <summary>The settings at the end of one chain. Compared by reference.</summary>
    public sealed class Node(T settings)
    {
        public T Settings => settings;

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
    }
}
