namespace Godwit.Settings;

/// <summary>Who is sent numbers, and how.</summary>
public enum StatisticsKind : byte
{
    /// <summary>Carbon's lines of text over TCP.</summary>
    Graphite,

    /// <summary>OpenTelemetry over HTTP.</summary>
    Otlp,
}

/// <summary>A receiver of numbers: one <c>&lt;statistics&gt;</c> block.</summary>
public sealed record StatisticsSettings
{
    public StatisticsKind Kind { get; init; }

    /// <summary>Graphite: a name or an address.</summary>
    public string Host { get; init; } = "";

    public int Port { get; init; } = 2003;

    /// <summary>Graphite: stands before each name, without a dot at its end; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>OTLP: where metrics are posted, with its path.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>As it is named to the operator.</summary>
    public string Name => Kind == StatisticsKind.Graphite ? $"statistics graphite {Host}:{Port}" : $"statistics otlp {Endpoint}";
}
