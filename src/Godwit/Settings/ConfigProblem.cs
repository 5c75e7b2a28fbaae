namespace Godwit.Settings;

public enum ConfigSeverity : byte
{
    /// <summary>Loads, but probably not what was meant.</summary>
    Warning,

    /// <summary>The configuration is not used.</summary>
    Error,

    /// <summary>Loads as meant; worth knowing once.</summary>
    Note,
}

/// <summary>Something wrong in a configuration file: where, how bad, and a sentence that says what to do.</summary>
/// <param name="Line">1-based; 0 when the whole file is meant.</param>
/// <param name="Column">1-based; 0 when the whole line is meant.</param>
public sealed record ConfigProblem(string File, int Line, int Column, ConfigSeverity Severity, string Message)
{
    /// <summary>Further places of which the same is said, as they were met: the message counts them.</summary>
    public IReadOnlyList<ConfigPlace> Also { get; init; } = [];

    /// <summary>Where, as compilers write it; only the file where no line is to blame.</summary>
    public string Place => Line == 0 ? File : $"{File}:{Line}:{Column}";

    public string SeverityWord => Severity switch
    {
        ConfigSeverity.Error => "error",
        ConfigSeverity.Warning => "warning",
        _ => "note",
    };

    /// <summary>The same as a value.</summary>
    public ConfigPlace At => new(File, Line, Column);

    public override string ToString() => $"{Place}: {SeverityWord}: {Message}";
}

/// <summary>A place in a configuration file, for whoever reads a report. Line and column as in <see cref="ConfigProblem"/>.</summary>
public readonly record struct ConfigPlace(string File, int Line, int Column);
