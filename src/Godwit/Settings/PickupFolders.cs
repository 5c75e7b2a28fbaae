namespace Godwit.Settings;

/// <summary><c>pickup DIR BADDIR</c>: where files are taken from, and where those go that cannot be read.</summary>
public sealed record PickupFolders(string Folder, string BadFolder)
{
    internal static ValueForm<PickupFolders> Form { get; } = ValueParsers.Pair(
        "a directory, and one for files that cannot be read", ValueParsers.FilePath, ValueParsers.FilePath,
        (f, b) => new PickupFolders(f, b), v => (v.Folder, v.BadFolder));
}
