using System.Runtime.Versioning;
using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Tests.Web;

/// <summary>The configuration read and written over HTTP: checked first, whole or not at all, and no other file.</summary>
[SupportedOSPlatform("linux")]
public sealed class ConfigOverHttpTests
{
    private const string Password = "planted-password";

    [Fact]
    public async Task The_main_file_is_replaced_when_it_is_good_and_the_old_one_is_kept()
    {
        await using Lab lab = await Lab.OpenAsync();
        string old = File.ReadAllText(lab.Main);

        PortLab.Answer answer = await lab.PostAsync(new FormUrlEncodedContent([new("file", old + "total-max-smtp-in 7\n")]));

        Assert.Equal(200, answer.Status);
        Assert.Contains("Reload to put it in force", answer.Body, StringComparison.Ordinal);
        Assert.Equal(old + "total-max-smtp-in 7\n", File.ReadAllText(lab.Main));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(lab.Main));
        string backup = Assert.Single(Directory.GetFiles(lab.Config, ".main.conf.bak-*"));
        Assert.Equal((old, UnixFileMode.UserRead | UnixFileMode.UserWrite), (File.ReadAllText(backup), File.GetUnixFileMode(backup)));
    }

    [Fact]
    public async Task An_uploaded_file_is_taken_as_well()
    {
        await using Lab lab = await Lab.OpenAsync();
        string text = File.ReadAllText(lab.Main) + "# changed\n";

        PortLab.Answer answer = await lab.PostAsync(new MultipartFormDataContent { { new StringContent(text), "file", "config" } });

        Assert.Equal((200, text), (answer.Status, File.ReadAllText(lab.Main)));
    }

    [Fact]
    public async Task A_configuration_with_an_error_is_not_written_and_the_error_is_told()
    {
        await using Lab lab = await Lab.OpenAsync();
        string before = lab.Everything();

        PortLab.Answer answer = await lab.CommitAsync(("main.conf", File.ReadAllText(lab.Main) + "\ntotal-max-smtp-in lots\n"), ("conf.d/a.conf", "# new\n"));

        Assert.Equal(409, answer.Status);
        Assert.Contains("main.conf", answer.Body, StringComparison.Ordinal);
        Assert.Contains("Nothing was written", answer.Body, StringComparison.Ordinal);
        Assert.Equal(before, lab.Everything());
    }

    [Fact]
    public async Task Several_files_are_written_together_and_a_new_one_where_an_include_matches_it()
    {
        await using Lab lab = await Lab.OpenAsync();

        PortLab.Answer answer = await lab.CommitAsync(("conf.d/a.conf", "total-max-smtp-in 8\n"), ("conf.d/b.conf", "total-max-smtp-out 9\n"));

        Assert.Equal(200, answer.Status);
        ServerSettings settings = ConfigFile.Load(lab.Main).Settings!;
        Assert.Equal((8, 9), (settings.TotalMaxSmtpIn, settings.TotalMaxSmtpOut));
        Assert.Contains("b.conf", (await lab.Port.GetAsync("/configFile?op=listconfigfiles")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.conf")]
    [InlineData("conf.d/../../outside.conf")]
    [InlineData("/etc/passwd")]
    [InlineData("control-token")]
    [InlineData("../control-token")]
    [InlineData("keys/dkim.pem")]
    [InlineData("conf.d/no.txt")]
    [InlineData("conf.d/.hidden.conf")]
    [InlineData("out/c.conf")]
    [InlineData("link.conf")]
    [InlineData("conf.d")]
    [InlineData("nowhere/c.conf")]
    [InlineData("")]
    [InlineData("main.conf\0x")]
    public async Task No_file_but_those_of_the_configuration_is_read_or_written(string name)
    {
        await using Lab lab = await Lab.OpenAsync();
        Directory.CreateDirectory(Path.Combine(lab.Config, "keys"));
        File.WriteAllText(Path.Combine(lab.Config, "keys", "dkim.pem"), "planted-key");
        File.WriteAllText(Path.Combine(lab.Config, "control-token"), "planted-key");
        Directory.CreateDirectory(Path.Combine(lab.Port.Folder, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(lab.Config, "out"), Path.Combine(lab.Port.Folder, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(lab.Config, "link.conf"), Path.Combine(lab.Port.Folder, "outside.conf"));
        string before = lab.Everything();

        PortLab.Answer write = await lab.CommitAsync((name, "# new\n"));
        PortLab.Answer read = name.Length == 0 ? write : await lab.Port.GetAsync("/configFile?op=read&filename=" + Uri.EscapeDataString(name));
        PortLab.Answer encoded = await lab.Port.GetAsync("/configFile?op=read&filename=" + Uri.EscapeDataString(Uri.EscapeDataString(name + "?")));

        // No field of a form holds a NUL.
        Assert.Equal((name.Contains('\0', StringComparison.Ordinal) ? 400 : 409, 409, 409), (write.Status, read.Status, encoded.Status));
        Assert.DoesNotContain("planted-key", read.Body, StringComparison.Ordinal);
        Assert.Equal(before, lab.Everything());
        Assert.False(File.Exists(Path.Combine(lab.Port.Folder, "outside.conf")));
    }

    [Fact]
    public async Task A_file_that_nothing_includes_is_not_begun()
    {
        await using Lab lab = await Lab.OpenAsync();

        PortLab.Answer answer = await lab.CommitAsync(("extra.conf", "total-max-smtp-in 8\n"));
        Assert.Equal(409, answer.Status);
        Assert.Contains("add an include", answer.Body, StringComparison.Ordinal);

        Assert.Equal(200, (await lab.CommitAsync(
            ("extra.conf", "total-max-smtp-in 8\n"), ("main.conf", File.ReadAllText(lab.Main) + "include extra.conf\n"))).Status);
    }

    [Fact]
    public async Task Who_may_edit_reads_the_file_as_it_is_and_who_may_not_reads_no_secret()
    {
        await using Lab lab = await Lab.OpenAsync();

        PortLab.Answer whole = await lab.Port.GetAsync("/configFile?op=read&filename=main.conf&format=json");
        Assert.Contains(Password, whole.Body, StringComparison.Ordinal);
        Assert.Contains($"\"CSRFToken\":\"{(await lab.Port.GetAsync("/api/v1/session")).Json("csrfToken")}\"", whole.Body, StringComparison.Ordinal);

        lab.Port.Allow(AccessLevel.Operator);
        PortLab.Answer masked = await lab.Port.GetAsync("/configFile?op=read&filename=main.conf");
        Assert.Equal(200, masked.Status);
        Assert.Contains("<smtp-user relay>", masked.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, masked.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_without_a_proof_writes_nothing_and_the_token_of_a_read_is_one()
    {
        await using Lab lab = await Lab.OpenAsync();
        string text = File.ReadAllText(lab.Main);
        string csrf = (await lab.Port.GetAsync("/api/v1/session")).Json("csrfToken");

        Assert.Equal(403, (await lab.Port.SendAsync(HttpMethod.Post, "/configFile", new FormUrlEncodedContent([new("file", text + "#\n")]))).Status);
        Assert.Equal(403, (await lab.Port.SendAsync(
            HttpMethod.Post, "/configFile", new FormUrlEncodedContent([new("file", text + "#\n"), new("CSRFToken", new string('0', csrf.Length))]))).Status);
        Assert.Equal(text, File.ReadAllText(lab.Main));

        Assert.Equal(200, (await lab.Port.SendAsync(
            HttpMethod.Post, "/configFile", new FormUrlEncodedContent([new("file", text + "#\n"), new("CSRFToken", csrf)]))).Status);
        Assert.Equal(text + "#\n", File.ReadAllText(lab.Main));
    }

    [Fact]
    public async Task A_body_beyond_the_bound_is_refused()
    {
        await using Lab lab = await Lab.OpenAsync();
        using var body = new MultipartFormDataContent { { new ByteArrayContent(new byte[(3 * ConfigurationFiles.MaxOctets) + 1]), "file", "config" } };

        // Asked for before it is sent, as a server that has refused a body closes the connection.
        Assert.Equal(413, (await lab.Port.SendAsync(
            HttpMethod.Post, "/configFile", body, ("X-Godwit-Token", lab.Port.Token), ("Expect", "100-continue"))).Status);
    }

    [Fact]
    public async Task Only_so_many_old_texts_are_kept()
    {
        await using Lab lab = await Lab.OpenAsync();
        string text = File.ReadAllText(lab.Main);
        for (int i = 0; i < ConfigurationFiles.MaxBackups + 3; i++)
        {
            lab.Port.Server.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(200, (await lab.PostAsync(new FormUrlEncodedContent([new("file", $"{text}# {i}\n")]))).Status);
        }

        Assert.Equal(ConfigurationFiles.MaxBackups, Directory.GetFiles(lab.Config, ".main.conf.bak-*").Length);
    }

    /// <summary>A port whose server has a real configuration on the disk.</summary>
    private sealed class Lab : IAsyncDisposable
    {
        private Lab(PortLab port) => Port = port;

        public PortLab Port { get; }

        public string Config => Path.Combine(Port.Folder, "config");

        public string Main => Path.Combine(Config, "main.conf");

        public static async Task<Lab> OpenAsync()
        {
            var lab = new Lab(await PortLab.OpenAsync(AccessLevel.Admin));
            Directory.CreateDirectory(Path.Combine(lab.Config, "conf.d"));
            Directory.CreateDirectory(Path.Combine(lab.Config, "spool"));
            File.WriteAllText(Path.Combine(lab.Config, "conf.d", "a.conf"), "# nothing\n");
            File.WriteAllText(lab.Main, $"""
                postmaster a@example.com
                log-file {lab.Config}/log
                <spool {lab.Config}/spool>
                </spool>
                <smtp-user relay>
                  password {Password}
                </smtp-user>
                include conf.d/*.conf

                """);
            File.SetUnixFileMode(lab.Main, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            lab.Port.Change(settings => settings with { ConfigFile = lab.Main });
            return lab;
        }

        public async Task<PortLab.Answer> PostAsync(HttpContent body) =>
            await Port.SendAsync(HttpMethod.Post, "/configFile", body, ("X-CSRF-Token", (await Port.GetAsync("/api/v1/session")).Json("csrfToken")));

        public Task<PortLab.Answer> CommitAsync(params (string Name, string Text)[] files) => PostAsync(new FormUrlEncodedContent(
        [
            new("op", "commit"),
            .. files.SelectMany((file, i) => new KeyValuePair<string, string>[]
            {
                new($"file.{i}.name", file.Name), new($"file.{i}.op", "write"), new($"file.{i}.content", file.Text),
            }),
        ]));

        /// <summary>Every file with its text.</summary>
        public string Everything() => string.Join('\n', Directory.GetFiles(Config, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file}: {(new FileInfo(file).LinkTarget is { } target ? target : File.ReadAllText(file))}"));

        public ValueTask DisposeAsync() => Port.DisposeAsync();
    }
}
