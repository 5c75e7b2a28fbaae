// The way in: a path becomes settings, or a list of what is wrong with it.

namespace Godwit.Settings;

/// <summary>Loads configurations.</summary>
public static class ConfigFile
{
    /// <summary>Reads a configuration and everything it includes. Never throws for what a file says or for a file that cannot be read.</summary>
    /// <param name="path">The main file; relative paths in the configuration start at its directory.</param>
    /// <param name="surroundings">What the machine contributes; null is this machine.</param>
    public static ConfigLoad Load(string path, ConfigSurroundings? surroundings = null)
    {
        surroundings ??= ConfigSurroundings.Machine;
        string baseDirectory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        var problems = new ProblemList();
        var tally = new DirectiveTally();
        var reader = new ConfigTreeReader(surroundings, problems, baseDirectory);
        var checker = new ConfigChecker(problems, tally, baseDirectory);
        var meant = new CheckedBlock(BlockKind.Global, "", new ConfigPosition(path, 0, 0), argumentColumn: 0);
        reader.Read(path, part => checker.Check(part, meant));
        ServerSettings? settings = null;
        if (reader.Texts.Count > 0)
        {
            settings = new SettingsBuilder(meant, problems, surroundings, baseDirectory) { Texts = reader.Texts }.Build();
            ConfigLint.Run(meant, problems.HasErrors ? null : settings, surroundings, problems);
        }

        IReadOnlyList<ConfigProblem> all = problems.ToList();
        return new ConfigLoad(problems.HasErrors ? null : settings, all) { Texts = reader.Texts, Tally = tally };
    }

    /// <summary>Reads a configuration from a text, as if it were the file <c>/etc/godwit/godwit.conf</c>.</summary>
    public static ConfigLoad LoadText(string text)
    {
        const string Path = "/etc/godwit/godwit.conf";
        return Load(Path, ConfigSurroundings.InMemory(new Dictionary<string, string> { [Path] = text }));
    }
}
