// What came of reading a configuration: the settings, or why there are none.

namespace Godwit.Settings;

/// <summary>The outcome of a load.</summary>
/// <param name="Settings">Null exactly when a problem is an error.</param>
/// <param name="Problems">In the order of files and lines.</param>
public sealed record ConfigLoad(ServerSettings? Settings, IReadOnlyList<ConfigProblem> Problems)
{
    /// <summary>The text of every file read, by the name used in <see cref="Problems"/>.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>();

    /// <summary>How many directives do something.</summary>
    public DirectiveTally Tally { get; init; } = new();
}

/// <summary>Counts the directives of a configuration by what they do. Filled by one load, then only read.</summary>
public sealed class DirectiveTally
{
    public int InEffect { get; private set; }

    /// <summary>Accepted and rightly without effect.</summary>
    public int NoEffect { get; private set; }

    public int NotYet { get; private set; }

    /// <summary>Directives and blocks that nobody knows, or that stand where they mean nothing.</summary>
    public int Unknown { get; private set; }

    internal void Count(Directive directive, DirectiveStatus status)
    {
        if (directive.Name == "include")
        {
            return;
        }

        _ = status switch
        {
            DirectiveStatus.InEffect => ++InEffect,
            DirectiveStatus.NoEffect => ++NoEffect,
            _ => ++NotYet,
        };
    }

    internal void CountUnknown() => Unknown++;
}
