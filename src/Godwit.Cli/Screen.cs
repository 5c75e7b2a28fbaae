namespace Godwit.Cli;

/// <summary>Where the command line writes. <paramref name="IsTerminal"/>: a person watches, so a line may be written over.</summary>
internal sealed record Screen(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    /// <summary>Asks for a secret, which is not shown while it is typed; null when there is nobody, or nothing, to give it.</summary>
    public Func<string, string?> AskSecret { get; init; } = static _ => null;

    /// <summary>Whether the secret comes from a person, who may mistype it.</summary>
    public bool AsksPerson { get; init; }

    /// <summary>Columns and lines of the terminal; asked each time, because a person pulls at its corner.</summary>
    public Func<(int Columns, int Lines)> Size { get; init; } = static () => (80, 24);

    /// <summary>Whether a colour helps: a terminal, and nobody has set NO_COLOR.</summary>
    public bool Colours { get; init; }

    /// <summary>The next key, or null when none was pressed; null for a screen without keyboard.</summary>
    public Func<ConsoleKeyInfo?>? NextKey { get; init; }

    /// <summary>Waits between two looks. Tests end here what would go on for ever.</summary>
    public Func<TimeSpan, CancellationToken, Task> Pause { get; init; } =
        static (time, cancellation) => Task.Delay(time, TimeProvider.System, cancellation);
}
