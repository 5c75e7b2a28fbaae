// The web console's files are built ahead and committed, so that the server builds where there is no node. They must be what the sources give.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Guards;

public sealed class ConsoleGuards
{
    private const string Stale = "run console/refresh and commit src/Godwit/Web/Assets";

    private static readonly string _assets = Checkout.Path("src", "Godwit", "Web", "Assets");

    [Fact]
    public void The_committed_console_is_made_of_the_sources_beside_it()
    {
        string made = File.ReadAllText(Path.Combine(_assets, "sources.sha256")).Trim();

        Assert.True(made == HashOfSources(), Stale);
    }

    [Fact]
    public async Task A_fresh_build_of_the_console_gives_the_committed_files()
    {
        Tool.Need("node");
        Assert.SkipUnless(Directory.Exists(Checkout.Path("console", "node_modules", "esbuild")), "needs the console's packages: npm ci in console/");
        string fresh = Directory.CreateTempSubdirectory("godwit-console-build-").FullName;
        try
        {
            ToolResult build = await Tool.RunAsync("node", [Checkout.Path("console", "build.mjs"), "--out", fresh], TimeSpan.FromMinutes(2));

            Assert.True(build.ExitCode == 0, build.Output);
            Assert.Equal(Names(_assets), Names(fresh));
            foreach (string name in Names(fresh))
            {
                Assert.True(File.ReadAllBytes(Path.Combine(_assets, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(fresh, name))), $"{name}: {Stale}");
            }
        }
        finally
        {
            Directory.Delete(fresh, recursive: true);
        }
    }

    [Theory]
    [InlineData("esbuild", "test.mjs")]
    [InlineData("typescript", "node_modules/typescript/bin/tsc", "--noEmit")]
    public async Task The_sources_of_the_console_pass_their_own_tests_and_the_check_of_types(string package, params string[] command)
    {
        Tool.Need("node");
        string root = Checkout.Path("console");
        Assert.SkipUnless(Directory.Exists(Path.Combine(root, "node_modules", package)), "needs the console's packages: npm ci in console/");

        string[] arguments = [Path.Combine(root, command[0]), .. command[1..], .. package == "typescript" ? (string[])["--project", root] : []];
        ToolResult result = await Tool.RunAsync("node", arguments, TimeSpan.FromMinutes(2));

        Assert.True(result.ExitCode == 0, result.Output);
    }

    [Fact]
    public void The_console_speaks_to_no_other_host()
    {
        // Names of XML are addresses that nobody asks.
        string[] foreign =
        [
            .. Directory.EnumerateFiles(_assets).Where(file => !Path.GetFileName(file).StartsWith("licences-", StringComparison.Ordinal)).SelectMany(file => File.ReadAllText(file).Split("http")
                .Skip(1).Where(rest => rest.StartsWith("://", StringComparison.Ordinal) || rest.StartsWith("s://", StringComparison.Ordinal))
                .Where(rest => !rest.StartsWith("://www.w3.org/", StringComparison.Ordinal))
                .Select(rest => $"{Path.GetFileName(file)}: http{rest[..Math.Min(40, rest.Length)]}")),
        ];

        Findings.AssertNone(foreign);
    }

    private static string[] Names(string folder) => [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>As console/build.mjs counts it: each file's name, size and content, in the order of the names.</summary>
    private static string HashOfSources()
    {
        string root = Checkout.Path("console");
        IEnumerable<string> names = Directory.EnumerateFiles(Path.Combine(root, "src"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .Concat(["build.mjs", "package-lock.json", "tsconfig.json"]).Order(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in names)
        {
            byte[] content = File.ReadAllBytes(Path.Combine(root, name));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}\n{content.Length}\n")));
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
