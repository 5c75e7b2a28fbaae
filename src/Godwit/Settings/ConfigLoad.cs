// What came of reading a configuration: the settings, or why there are none.

namespace Godwit.Settings;

/// <summary>The outcome of a load.</summary>
/// <param name="Settings">Null exactly when a problem is an error.</param>
/// <param name="Problems">In the order of files and lines.</param>
public sealed record ConfigLoad(ServerSettings? Settings, IReadOnlyList<ConfigProblem> Problems)
{
    /// <summary>The text of every file read, by the name used in <see cref="Problems"/>.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>();

    /// <summary>What became of the directives.</summary>
    public DirectiveTally Tally { get; init; } = new();

    public bool HasWarnings => Problems.Any(p => p.Severity == ConfigSeverity.Warning);
}
