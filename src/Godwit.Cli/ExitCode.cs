namespace Godwit.Cli;

/// <summary>What the shell sees. Scripts rely on these numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Understood, but refused or failed.</summary>
    public const int Refused = 1;

    public const int Usage = 2;

    /// <summary>No server answers.</summary>
    public const int Unreachable = 3;
}
