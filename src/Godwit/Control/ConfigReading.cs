// One check of the whole configuration with some texts in the place of files, and which files it looked into. Made on a thread of its own; immutable then.
// The port reads ordinary files only: a pipe that nobody writes to would hold its thread for ever. Who may not see every file of the machine has a check that
// reads what the configuration reads anyway: otherwise an include of a foreign file, and a message that quotes it, would show that file.

using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>A configuration as it was read.</summary>
/// <param name="Load">What the checker made of it.</param>
/// <param name="Files">Every file that was opened for it, in full: also keys, certificates and lists.</param>
internal sealed record ConfigReading(ConfigLoad Load, IReadOnlySet<string> Files)
{
    /// <summary>What stands where a file is not read for somebody.</summary>
    public const string NotForYou = "the configuration in force does not read it, and only an admin's check reads other files";

    /// <param name="texts">By path.</param>
    /// <param name="only">The files that may be opened beside them; null for all.</param>
    public static Task<ConfigReading> OfAsync(string main, IReadOnlyDictionary<string, string> texts, IReadOnlySet<string>? only)
    {
        ConfigSurroundings machine = ConfigSurroundings.Machine;
        Func<string, IReadOnlyList<string>> among = ConfigSurroundings.InMemory(texts).Match;
        var files = new HashSet<string>(StringComparer.Ordinal);
        ConfigSurroundings with = machine with
        {
            AccountingFields = AccountingColumns.NamesOf,
            Read = Read,
            Match = pattern => [.. machine.Match(pattern).Where(Shows).Union(among(pattern), StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
        return Task.Factory.StartNew(
            () => new ConfigReading(ConfigFile.Load(main, with), files), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        bool Shows(string path) => only is null || only.Contains(Path.GetFullPath(path));

        string Read(string path)
        {
            if (texts.TryGetValue(Path.GetFullPath(path), out string? text))
            {
                return text;
            }

            if (!Shows(path))
            {
                throw new IOException(NotForYou);
            }

            files.Add(Path.GetFullPath(path));
            return FileOwner.Of(path) is { IsRegular: false } && !Directory.Exists(path)
                ? throw new IOException("it is no ordinary file, and over the management port nothing else is read")
                : machine.Read(path);
        }
    }
}
