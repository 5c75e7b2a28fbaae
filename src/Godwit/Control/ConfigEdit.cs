namespace Godwit.Control;

/// <summary>A text that is to become a file.</summary>
/// <param name="Name">A path, from the main file's directory if it is no whole one.</param>
public sealed record ConfigEdit(string Name, string Content)
{
    /// <summary>
    /// The mark of the text that it was made from; empty where there was none. Another text on the disk then is somebody else's work, and stays. Null does
    /// not ask: PowerMTA's form knows no marks.
    /// </summary>
    public string? Expected { get; init; }
}
