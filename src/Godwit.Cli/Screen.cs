namespace Godwit.Cli;

/// <summary>Where the command line writes. <paramref name="IsTerminal"/>: a person watches, so a line may be written over.</summary>
internal sealed record Screen(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    /// <summary>Asks for a secret, which is not shown while it is typed; null when there is nobody, or nothing, to give it.</summary>
    public Func<string, string?> AskSecret { get; init; } = static _ => null;

    /// <summary>Whether the secret comes from a person, who may mistype it.</summary>
    public bool AsksPerson { get; init; }
}
