using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>What the checks say is in Configs/bad/lint-*.conf; here is what holds for all of them.</summary>
public sealed class ConfigLintTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-lint-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_check_warns_of_something_in_the_gallery()
    {
        string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Configs", "bad"), "*.conf");
        HashSet<LintCheck> silent = [.. ConfigLint.Checks];
        foreach (string file in files)
        {
            ConfigSurroundings surroundings = InventedMachine.WithRealFiles();
            var problems = new ProblemList();
            ConfigBlock written = new ConfigTreeReader(surroundings, problems, Path.GetDirectoryName(file)!).Read(file);
            CheckedBlock meant = new ConfigChecker(problems, new DirectiveTally(), Path.GetDirectoryName(file)!).Check(written);
            ServerSettings settings = new SettingsBuilder(meant, problems, surroundings, Path.GetDirectoryName(file)!).Build();
            silent.RemoveWhere(check => Finds(check, meant, problems.HasErrors ? null : settings, surroundings));
        }

        Assert.Empty(silent.Select(check => check.Method.DeclaringType!.Name));
    }

    [Fact]
    public void No_check_finds_fault_with_nothing()
    {
        ConfigLoad load = ConfigFile.LoadText("postmaster a@example.com\nspool /x\nlog-file /y\n");

        Assert.Empty(load.Problems);
    }

    [Fact]
    public void An_include_pattern_that_matches_no_file_is_noted_and_one_that_does_is_not()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "some"));
        File.WriteAllText(Path.Combine(_folder, "some", "a.conf"), "# nothing\n");
        string file = Path.Combine(_folder, "config");
        File.WriteAllText(file, "postmaster a@example.com\nspool /x\nlog-file /y\ninclude some/*.conf\ninclude none/*.conf\n");

        ConfigLoad load = ConfigFile.Load(file, ConfigSurroundings.Machine with { IsForeign = true });

        Assert.NotNull(load.Settings);
        Assert.Equal(
            [$"{file}:5:9: note: include matches no file: there is nothing like {_folder}/none/*.conf; correct the path, or leave it if files come later"],
            load.Problems.Select(p => p.ToString()).Where(p => p.Contains("include", StringComparison.Ordinal)));
    }

    [Fact]
    public void On_a_real_machine_an_open_password_and_a_missing_spool_are_found()
    {
        string file = Path.Combine(_folder, "config");
        string spool = Path.Combine(_folder, "spool");
        File.WriteAllText(file, $"postmaster a@example.com\nlog-file log\nspool {spool}\nhttp-api-key 0123456789abcdef0123456789abcdef\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        string[] before = Warnings(file);
        Directory.CreateDirectory(spool);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Contains($"{spool} does not exist, and the server does not make a spool by itself; create it", before);
        Assert.Contains($"{file} holds passwords or keys and every user of this machine may read it; run: chmod o-r {file}", before);
        Assert.Empty(Warnings(file));
    }

    [Fact]
    public void A_file_for_another_machine_is_not_blamed_for_what_this_one_lacks()
    {
        string key = Path.Combine(_folder, "no-key.pem");
        string file = Path.Combine(_folder, "config");
        File.WriteAllText(file, $"""
            postmaster a@example.com
            log-file /proc/no/log
            spool {_folder}/no-spool
            http-api-key 0123456789abcdef0123456789abcdef
            smtp-listener 203.0.113.78:25
            smtp-source-host 203.0.113.77 two.example.com
            domain-key s1,example.com,{key}
            max-smtp-outt 5

            """);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        ConfigLoad load = ConfigFile.Load(file, ConfigSurroundings.Machine with { IsForeign = true });

        string[] left = [.. load.Problems.Where(p => p.Severity == ConfigSeverity.Warning).Select(p => p.Message)];

        Assert.Contains(Warnings(file), said => said.Contains("203.0.113.77 is not on this machine", StringComparison.Ordinal));
        Assert.Contains(Warnings(file), said => said.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain(left, said => said.Contains('/') || said.Contains("machine", StringComparison.Ordinal));
        Assert.Contains(left, said => said.StartsWith("max-smtp-outt is unknown", StringComparison.Ordinal));
    }

    private static string[] Warnings(string file) =>
        [.. ConfigFile.Load(file).Problems.Where(p => p.Severity == ConfigSeverity.Warning).Select(p => p.Message)];

    private static bool Finds(LintCheck check, CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings)
    {
        var problems = new ProblemList();
        check(root, settings, surroundings, problems);
        return problems.ToList().Count > 0;
    }
}
