using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Tests.Web;

/// <summary>The configuration over the port: who sees what of it, and what can be written over it.</summary>
[SupportedOSPlatform("linux")]
public sealed class ConfigRightsTests
{
    private const string File = "/api/v1/config/file";
    private const string Check = "/api/v1/config/check";

    [Fact]
    public async Task A_text_whose_secrets_are_masked_carries_no_etag()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);
        lab.WriteConfig();

        PortLab.Answer masked = await lab.GetAsync(File);
        lab.Allow(AccessLevel.Admin);
        PortLab.Answer whole = await lab.GetAsync(File);

        Assert.Equal(("", true), (masked.Json("etag"), masked.Json("content").Contains("password ******\n", StringComparison.Ordinal)));
        Assert.Contains("planted-password", whole.Json("content"), StringComparison.Ordinal);
        Assert.NotEqual("", whole.Json("etag"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("of another text")]
    public async Task A_file_that_exists_is_written_with_its_etag_only(string? etag)
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        string main = lab.WriteConfig();
        string before = System.IO.File.ReadAllText(main);

        PortLab.Answer answer = await lab.ChangeAsync(HttpMethod.Put, File, new { name = main, content = before + "# mine\n", etag });

        Assert.Equal((412, before), (answer.Status, System.IO.File.ReadAllText(main)));
    }

    [Fact]
    public async Task A_masked_text_is_never_written_over_the_real_one()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);
        string main = lab.WriteConfig("# ******** a heading ********\n");
        string before = System.IO.File.ReadAllText(main);
        string masked = (await lab.GetAsync(File)).Json("content");
        lab.Allow(AccessLevel.Admin);
        string etag = (await lab.GetAsync(File)).Json("etag");

        PortLab.Answer byApi = await lab.ChangeAsync(HttpMethod.Put, File, new { name = main, content = masked, etag });
        string csrf = (await lab.GetAsync("/api/v1/session")).Json("csrfToken");
        PortLab.Answer byForm = await lab.SendAsync(
            HttpMethod.Post, "/configFile", new FormUrlEncodedContent([new("file", masked)]), ("X-CSRF-Token", csrf));

        Assert.Equal((409, 409), (byApi.Status, byForm.Status));
        Assert.Contains("line 5 of", byApi.Json("detail"), StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllText(main));
        Assert.Equal(200, (await lab.ChangeAsync(HttpMethod.Put, File, new { name = main, content = before + "# ********\n", etag })).Status);
    }

    [Fact]
    public async Task An_etag_tells_nothing_to_who_guesses_the_text()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        await using PortLab other = await PortLab.OpenApiAsync(AccessLevel.Admin);
        string main = lab.WriteConfig();
        other.Change(settings => settings with { ConfigFile = main });

        string etag = (await lab.GetAsync(File)).Json("etag");

        Assert.Equal(etag, (await lab.GetAsync(File)).Json("etag"));
        Assert.NotEqual(etag, (await other.GetAsync(File)).Json("etag"));
    }

    [Fact]
    public async Task Of_two_who_save_at_once_from_the_same_text_one_is_refused()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        string main = lab.WriteConfig();
        string text = System.IO.File.ReadAllText(main);
        string etag = (await lab.GetAsync(File)).Json("etag");

        PortLab.Answer[] answers = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(i => lab.ChangeAsync(HttpMethod.Put, File, new { name = main, content = $"{text}# {i}\n", etag })));

        Assert.Equal([200, 412, 412, 412], answers.Select(answer => answer.Status).Order());
    }

    [Theory]
    [InlineData("control-token")]
    [InlineData("other.conf")]
    [InlineData("config/keys/*.pem")]
    public async Task An_operators_check_reads_no_file_that_the_configuration_does_not_read(string name)
    {
        const string planted = "not-a-directive-of-ours";
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);
        string main = lab.WriteConfig();
        Directory.CreateDirectory(Path.Combine(lab.Folder, "config", "keys"));
        System.IO.File.WriteAllText(Path.Combine(lab.Folder, "other.conf"), planted + "\n");
        System.IO.File.WriteAllText(Path.Combine(lab.Folder, "config", "keys", "a.pem"), planted + "\n");
        string text = System.IO.File.ReadAllText(main) + $"include {lab.Folder}/{name}\n";

        PortLab.Answer asOperator = await lab.ChangeAsync(HttpMethod.Post, Check, new { name = main, content = text });
        lab.Allow(AccessLevel.Admin);
        PortLab.Answer asAdmin = await lab.ChangeAsync(HttpMethod.Post, Check, new { name = main, content = text });

        Assert.Equal((200, 200), (asOperator.Status, asAdmin.Status));
        Assert.DoesNotContain(planted, asOperator.Body, StringComparison.Ordinal);
        Assert.Equal(name != "control-token", asAdmin.Body.Contains(planted, StringComparison.Ordinal));
        Assert.All([asOperator, asAdmin], answer => Assert.DoesNotContain(lab.Token[..20], answer.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operators_check_reads_a_key_as_a_key_only()
    {
        const string planted = "not-a-directive-of-ours";
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);
        string key = Path.Combine(lab.Folder, "config", "k.pem");
        Directory.CreateDirectory(Path.GetDirectoryName(key)!);
        System.IO.File.WriteAllText(key, planted + "\n");
        string main = lab.WriteConfig($"domain-key s,example.com,{key}\n");
        string text = System.IO.File.ReadAllText(main) + $"include {key}\n";

        PortLab.Answer answer = await lab.ChangeAsync(HttpMethod.Post, Check, new { name = main, content = text });

        Assert.DoesNotContain(planted, answer.Body, StringComparison.Ordinal);
        Assert.Equal(409, answer.Status);
    }

    [Fact]
    public async Task An_operators_check_reads_the_configurations_own_files_and_a_stranger_is_none()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Operator);
        string more = Path.Combine(lab.Folder, "config", "more.conf");
        string main = lab.WriteConfig("include more.conf\n");
        System.IO.File.WriteAllText(more, "total-max-smtp-in 7\n");

        PortLab.Answer own = await lab.ChangeAsync(HttpMethod.Post, Check, new { name = main, content = System.IO.File.ReadAllText(main) });
        PortLab.Answer stranger = await lab.ChangeAsync(HttpMethod.Post, Check, new { name = Path.Combine(lab.Folder, "control-token"), content = "# x\n" });

        Assert.True(own.Status == 200 && own.Json("ok") == "True", own.Body);
        Assert.Equal(409, stranger.Status);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_holds_no_check()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        string main = lab.WriteConfig();
        using (Process made = Process.Start("mkfifo", [Path.Combine(lab.Folder, "pipe")]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        PortLab.Answer answer = await lab.ChangeAsync(
            HttpMethod.Post, Check, new { name = main, content = System.IO.File.ReadAllText(main) + $"include {lab.Folder}/pipe\n" });

        Assert.Contains("no ordinary file", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_a_few_at_once_are_told_to_come_back()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        string main = lab.WriteConfig();
        IDisposable[] places = [.. Enumerable.Range(0, ConfigRoom.Most).Select(_ => lab.Server.Operator.ConfigFiles.Room.Enter()!)];

        int[] full =
        [
            (await lab.GetAsync("/api/v1/config/files")).Status, (await lab.GetAsync(File)).Status,
            (await lab.GetAsync("/configFile?op=listconfigfiles")).Status,
            (await lab.ChangeAsync(HttpMethod.Post, Check, new { name = main, content = "" })).Status,
            (await lab.ChangeAsync(HttpMethod.Put, File, new { name = main, content = "" })).Status,
        ];
        PortLab.Answer test = await lab.CommandAsync("test config");
        places[0].Dispose();
        places[0].Dispose();

        Assert.All(full, status => Assert.Equal(503, status));
        Assert.Equal(409, test.Status);
        Assert.Equal(200, (await lab.GetAsync(File)).Status);
        Assert.NotNull(lab.Server.Operator.ConfigFiles.Room.Enter());
        Assert.Null(lab.Server.Operator.ConfigFiles.Room.Enter());
    }

    [Fact]
    public async Task One_configuration_is_loaded_at_a_time()
    {
        var server = new Godwit.Tests.Control.TestServer();
        ConfigurationFiles files = server.Operator.ConfigFiles;
        var first = new TaskCompletionSource<ConfigLoad>();
        int begun = 0;

        Task<ConfigLoad> one = files.TestAsync(() => Begin(first.Task));
        Task<ConfigLoad> two = files.TestAsync(() => Begin(Task.FromResult(new ConfigLoad(null, []))));
        Assert.Equal(1, begun);
        first.SetResult(new ConfigLoad(null, []));
        await Task.WhenAll(one, two);

        Assert.Equal(2, begun);

        Task<ConfigLoad> Begin(Task<ConfigLoad> load)
        {
            begun++;
            return load;
        }
    }

    [Fact]
    public async Task Texts_that_are_too_large_together_are_refused_before_they_are_read()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Admin);
        string main = lab.WriteConfig();
        string half = new('#', (ConfigurationFiles.MaxOctets / 2) + 1);
        ConfigurationFiles files = lab.Server.Operator.ConfigFiles;

        OperatorReport report = await files.CommitAsync([new ConfigEdit(main, half), new ConfigEdit("more.conf", half)], "a test");
        (ConfigLoad? load, OperatorReport? refusal) = await files.CheckAsync(new ConfigEdit(main, half + half), all: true);

        Assert.Equal((ReportOutcome.Usage, null, ReportOutcome.Usage), (report.Outcome, load, refusal!.Outcome));
        Assert.Contains("8 MB together", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_taken_back_is_named_and_ends_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("godwit-replaced-").FullName;
        string path = Path.Combine(folder, "a.conf");
        System.IO.File.WriteAllText(path, "old\n");
        ReplacedFile replaced = ReplacedFile.Replace(path, "new\n", DateTimeOffset.UnixEpoch);
        System.IO.File.Delete(replaced.Backup);

        Assert.NotEqual("", replaced.PutBack());

        Directory.Delete(folder, recursive: true);
        Assert.NotEqual("", replaced.DropOldBackups(0));
    }

    [Fact]
    public void A_replaced_file_keeps_mode_and_owner()
    {
        string folder = Directory.CreateTempSubdirectory("godwit-replaced-").FullName;
        string path = Path.Combine(folder, "a.conf");
        System.IO.File.WriteAllText(path, "old\n");
        System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Godwit.Foundation.FileOwner? before = Godwit.Foundation.FileOwner.Of(path);

        ReplacedFile.Replace(path, "new\n", DateTimeOffset.UnixEpoch);

        Assert.Equal((before, UnixFileMode.UserRead | UnixFileMode.GroupRead), (Godwit.Foundation.FileOwner.Of(path), System.IO.File.GetUnixFileMode(path)));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789ABCDEF0123456789ABCDEF", true)]
    [InlineData("0123456789abcdef0123456789abcde", false)]
    [InlineData("mta-pool-of-customers-in-the-north-0001", false)]
    public void A_long_word_of_hexadecimal_digits_is_quoted_in_no_message(string word, bool hidden)
    {
        Assert.Equal(hidden ? SecretValue.Mask : word, SecretText.Name(word));
        Assert.Equal(hidden, !SecretText.Value(word + " x").Contains(word, StringComparison.Ordinal));
    }
}
