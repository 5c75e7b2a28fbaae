// What became of the directives of a configuration: how many lines, and which names. Filled by one load, then only read.
// Names come from the tables or were made fit to be shown, and of unknown ones only the first thousand are kept.

namespace Godwit.Settings;

/// <summary>Counts lines (directives, and tags that open a block) by what they do.</summary>
public sealed class DirectiveTally
{
    /// <summary>More different wrong words than anyone corrects in one go.</summary>
    public const int MaxUnknownNames = 1000;

    private readonly SortedDictionary<string, string> _withoutEffect = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _notYet = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);

    /// <summary>Directives only.</summary>
    public int InEffect { get; private set; }

    /// <summary>Accepted and rightly without effect.</summary>
    public int NoEffect { get; private set; }

    public int NotYet { get; private set; }

    /// <summary>What nobody knows, or what stands where it means nothing.</summary>
    public int Unknown { get; private set; }

    /// <summary>Names accepted without effect, each with the reason. A block stands for everything inside it.</summary>
    public IReadOnlyDictionary<string, string> WithoutEffect => _withoutEffect;

    /// <summary>Names not supported yet, each with what follows from that. A block stands for everything inside it.</summary>
    public IReadOnlyDictionary<string, string> NotYetNames => _notYet;

    public IReadOnlyCollection<string> UnknownNames => _unknown;

    /// <param name="outer">What the block around it does.</param>
    /// <param name="obeyed">Whether doing nothing is what the line asks for.</param>
    internal void Count(Directive directive, DirectiveStatus outer, bool obeyed)
    {
        if (directive.Name == "include")
        {
            return;
        }

        bool named = outer == DirectiveStatus.InEffect;
        DirectiveStatus status = !named ? outer : obeyed ? DirectiveStatus.InEffect : directive.Status;
        Count(status, named ? directive.Name : "", status == DirectiveStatus.NotYet ? directive.Lack : directive.Reason);
    }

    internal void Count(BlockRule block)
    {
        if (block.Status != DirectiveStatus.InEffect)
        {
            Count(block.Status, $"<{block.Tag}>", block.Status == DirectiveStatus.NotYet ? "not supported yet" : block.Meaning);
        }
    }

    internal void CountUnknown(string name)
    {
        Unknown++;
        if (_unknown.Count < MaxUnknownNames)
        {
            _unknown.Add(name);
        }
    }

    private void Count(DirectiveStatus status, string name, string reason)
    {
        switch (status)
        {
            case DirectiveStatus.InEffect:
                InEffect++;
                break;
            case DirectiveStatus.NoEffect:
                NoEffect++;
                _ = name.Length > 0 && _withoutEffect.TryAdd(name, reason);
                break;
            default:
                NotYet++;
                _ = name.Length > 0 && _notYet.TryAdd(name, reason);
                break;
        }
    }
}
