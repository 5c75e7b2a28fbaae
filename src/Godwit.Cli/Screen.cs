namespace Godwit.Cli;

/// <summary>Where the command line writes. <paramref name="IsTerminal"/>: a person watches, so a line may be written over.</summary>
internal sealed record Screen(TextWriter Out, TextWriter Error, bool IsTerminal);
