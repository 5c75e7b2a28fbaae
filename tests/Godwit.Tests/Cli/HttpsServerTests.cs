using System.Runtime.Versioning;
using System.Text.Json;
using Godwit.Cli;
using Godwit.Settings;
using Godwit.Tests.Support;
using Godwit.Tests.Web;
using Godwit.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Cli;

/// <summary>The command line and a management port with a certificate of its own: whom it believes, what it says when it does not, and keys.</summary>
[SupportedOSPlatform("linux")]
public sealed class HttpsServerTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = [];
    private PortLab _lab = null!;
    private ServerTls? _tls;

    private string Https => $"https://127.0.0.1:{_lab.Console.Port}";

    private string Error => _error.ToString();

    public async ValueTask InitializeAsync()
    {
        _lab = await PortLab.OpenAsync(AccessLevel.Monitor, terms => terms with { Tls = () => _tls });
        _environment["GODWIT_CLIENT_FILE"] = Write("client", "# nothing yet\n");
        Show(_authority.Issue("mx1.sender.example", new TestCertificateTerms { Names = ["127.0.0.1"] }));
    }

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task A_file_of_authorities_vouches_for_the_server()
    {
        Assert.Equal(0, await RunAsync("show", "version", "--server", Https, "--ca-file", Write("ca.pem", _authority.Pem)));
        Assert.StartsWith("Godwit v", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_certificate_itself_in_the_file_is_enough()
    {
        TestCertificate shown = _authority.Issue("127.0.0.1");
        Show(shown);

        Assert.Equal(0, await RunAsync("show", "version", "--server", Https, "--ca-file", Write("one.pem", shown.CertificatePem)));
    }

    [Fact]
    public async Task An_unknown_issuer_is_named_with_what_to_do()
    {
        Assert.Equal(3, await RunAsync("show", "version", "--server", Https));

        Assert.StartsWith($"godwit: the certificate of {Https}/ is not trusted: who vouches for it (CN=Test Authority) is not trusted on this machine.\n", Error, StringComparison.Ordinal);
        Assert.Contains("--ca-file FILE", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Start one", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_believed_is_no_reason_to_judge_another_file()
    {
        Assert.Equal(3, await RunAsync("test", "config", "--server", Https));
        Assert.Contains("is not trusted", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_authority_in_the_file_does_not_vouch()
    {
        string other = Write("other.pem", new TestAuthority("Another Authority").Pem);

        Assert.Equal(3, await RunAsync("show", "version", "--server", Https, "--ca-file", other));
        Assert.Contains($"who vouches for it (CN=Test Authority) is not in {other}", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_other_names_says_for_which()
    {
        Show(_authority.Issue("mx1.sender.example", new TestCertificateTerms { Names = ["mx2.sender.example"] }));

        Assert.Equal(3, await RunAsync("show", "version", "--server", Https, "--ca-file", Write("ca.pem", _authority.Pem)));

        Assert.Contains("not trusted: it is for mx1.sender.example, mx2.sender.example, not for 127.0.0.1.\n", Error, StringComparison.Ordinal);
        Assert.Contains($"--server https://mx1.sender.example:{_lab.Console.Port}", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_says_since_when_and_all_that_is_wrong_is_said_at_once()
    {
        Show(_authority.Issue("mx1.sender.example", new TestCertificateTerms { Until = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), From = new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero) }));

        Assert.Equal(3, await RunAsync("show", "version", "--server", Https, "--ca-file", Write("ca.pem", _authority.Pem)));

        Assert.Contains("it expired on 2026-01-02, and it is for mx1.sender.example, not for 127.0.0.1.", Error, StringComparison.Ordinal);
        Assert.Contains("Renew the file of http-tls-certificate", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http-tls-certificate CERT")]
    [InlineData("http-tls-certificate \"CERT\" secret")]
    [InlineData("smtp-server-tls-certificate CERT\n<smtp-listener 0.0.0.0>\n  smtp-server-tls-certificate elsewhere.pem\n</smtp-listener>")]
    [InlineData("include conf.d/*.conf")]
    public async Task On_its_own_machine_the_certificate_of_the_configuration_is_trusted_as_it_stands(string lines)
    {
        TestCertificate shown = _authority.Issue("mx1.sender.example");
        Show(shown);
        Write("console.pem", shown.Pem);
        Directory.CreateDirectory(Path.Combine(_lab.Folder, "conf.d"));
        Write("conf.d/a.conf", "http-tls-certificate console.pem # beside the configuration\n");
        Write("client", $"config {Write("config", "host-name mx1.sender.example\n" + lines.Replace("CERT", "console.pem", StringComparison.Ordinal) + "\n")}\n");

        Assert.Equal((0, ""), (await RunAsync("show", "version", "--server", Https), Error));
    }

    [Fact]
    public async Task A_certificate_that_the_configuration_does_not_name_is_not_trusted_by_it()
    {
        Write("console.pem", _authority.Issue("127.0.0.1").Pem);
        Write("client", $"config {Write("config", "http-tls-certificate console.pem\n")}\n");

        Assert.Equal(3, await RunAsync("show", "version", "--server", Https));
    }

    [Fact]
    public async Task A_port_that_speaks_no_TLS_is_told_from_one_that_is_not_there()
    {
        _tls = null;

        Assert.Equal(3, await RunAsync("show", "version", "--server", Https));

        Assert.Contains("does not speak TLS with us", Error, StringComparison.Ordinal);
        Assert.Contains($"--server http://127.0.0.1:{_lab.Console.Port}", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent.pem", "", "cannot be read as certificates")]
    [InlineData("empty.pem", "no certificate here", "holds no certificate in PEM")]
    public async Task A_file_of_authorities_that_is_none_is_named(string name, string text, string sentence)
    {
        string file = text.Length > 0 ? Write(name, text) : Path.Combine(_lab.Folder, name);

        Assert.Equal(2, await RunAsync("show", "version", "--server", Https, "--ca-file", file));
        Assert.Contains($"{file} {sentence}", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_a_file_opens_what_needs_an_operator()
    {
        _lab.Server.AddQueue("big.example/v1", 1);
        string[] command = ["pause", "queue", "big.example/v1", "--server", Https, "--ca-file", Write("ca.pem", _authority.Pem)];
        File.Delete(Path.Combine(_lab.Folder, "control-token"));
        Assert.Equal(1, await RunAsync(command));
        Assert.Contains("--api-key-file", Error, StringComparison.Ordinal);

        Assert.Equal(0, await RunAsync([.. command, "--api-key-file", Write("key", PortLab.ApiKey + "\n")]));
        Assert.StartsWith("Queue(s) paused.\n", _out.ToString(), StringComparison.Ordinal);

        _environment["GODWIT_API_KEY"] = PortLab.OtherKey;
        Assert.Equal(0, await RunAsync(command));
    }

    [Fact]
    public async Task A_key_that_is_wrong_is_refused_and_the_token_does_not_stand_in_for_it()
    {
        _environment["GODWIT_API_KEY"] = "A_key_of_32_letters_or_more_9999";

        Assert.Equal(1, await RunAsync("pause", "queue", "big.example/v1", "--server", _lab.Origin));
        Assert.Contains("is no http-api-key of the configuration", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--api-key=A_key_of_32_letters_or_more_0001")]
    [InlineData("--api-key", "A_key_of_32_letters_or_more_0001")]
    public async Task A_key_in_the_command_line_is_refused_and_not_repeated(params string[] option)
    {
        Assert.Equal(2, await RunAsync(["show", "version", .. option, "--server", _lab.Origin]));

        Assert.Contains("a key never stands in a command line", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("0001", Error + _out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_does_not_cross_a_network_in_clear()
    {
        _environment["GODWIT_API_KEY"] = PortLab.ApiKey;
        _environment["GODWIT_SERVER"] = "http://192.0.2.1:8080";

        Assert.Equal(2, await RunAsync("show", "version"));
        Assert.Contains("a key would cross the network readable: write https:// before 192.0.2.1:8080", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_before_the_command_is_read_comes_in_the_format_that_was_asked_for()
    {
        _environment["GODWIT_API_KEY"] = "A_key_of_32_letters_or_more_9999";

        Assert.Equal(1, await RunAsync("pause", "queue", "big.example/v1", "--json", "--server", _lab.Origin));

        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
        Assert.Contains("is no http-api-key of the configuration", json.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("", Error);
    }

    [Theory]
    [InlineData("GODWIT_SERVER")]
    [InlineData("client")]
    public async Task The_key_of_the_environment_goes_to_the_server_that_is_usually_meant_and_a_refusal_of_another_says_so(string place)
    {
        File.Delete(Path.Combine(_lab.Folder, "control-token"));
        _lab.Server.AddQueue("big.example/v1", 1);
        string[] command = ["pause", "queue", "big.example/v1"];
        _environment["GODWIT_API_KEY"] = PortLab.ApiKey;
        Mean(_lab.Origin);
        Assert.Equal((0, ""), (await RunAsync(command), Error));
        Assert.Equal((0, ""), (await RunAsync([.. command, "--server", _lab.Origin]), Error));

        Mean("https://mx2.example.com:8080");
        string[] elsewhere = [.. command, "--server", _lab.Origin];
        Assert.Equal(1, await RunAsync(elsewhere));
        Assert.Contains(
            $"GODWIT_API_KEY was not sent to 127.0.0.1:{_lab.Console.Port}: it is for https://mx2.example.com:8080.", Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync([.. elsewhere, "--api-key-file", Write("key", PortLab.ApiKey)]));

        void Mean(string server)
        {
            if (place == "client")
            {
                Write("client", $"server {server}\n");
            }
            else
            {
                _environment[place] = server;
            }
        }
    }

    [Fact]
    public async Task A_program_that_reads_a_refusal_finds_beside_it_that_the_key_was_not_sent()
    {
        // A token that this server does not know, as another machine's.
        await File.WriteAllTextAsync(Path.Combine(_lab.Folder, "control-token"), new string('0', 64), TestContext.Current.CancellationToken);
        _environment["GODWIT_API_KEY"] = PortLab.ApiKey;
        _environment["GODWIT_SERVER"] = "https://mx2.example.com:8080";

        Assert.Equal(1, await RunAsync("pause", "queue", "big.example/v1", "--json", "--server", _lab.Origin));

        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
        Assert.StartsWith("godwit: GODWIT_API_KEY was not sent to ", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:9090", true)]
    [InlineData("https://[::1]:8080", true)]
    [InlineData("https://mx2.example.com:8080", false)]
    public void The_key_of_the_environment_is_for_this_machine_where_nothing_names_a_server(string server, bool isSent)
    {
        _environment["GODWIT_API_KEY"] = PortLab.ApiKey;

        ServerAccess access = ServerAccess.Find(server, "", "", _environment.GetValueOrDefault, out _)!;

        Assert.Equal((isSent ? PortLab.ApiKey : "", isSent), (access.ApiKey, access.KeptKey.Length == 0));
    }

    [Fact]
    public async Task A_folder_of_the_configuration_that_may_not_be_listed_is_named()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may list everything");
        string folder = Directory.CreateDirectory(Path.Combine(_lab.Folder, "conf.d")).FullName;
        Write("client", $"config {Write("config", "include conf.d/*.conf\n")}\n");
        File.SetUnixFileMode(folder, UnixFileMode.UserExecute);

        Assert.Equal(3, await RunAsync("show", "version", "--server", Https));

        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Contains("who vouches for it (CN=Test Authority) is not trusted on this machine.", Error, StringComparison.Ordinal);
        Assert.Contains($"{folder} would say whether it is this machine's own server", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_file_names_server_authority_and_key_and_its_key_goes_to_its_server_only()
    {
        File.Delete(Path.Combine(_lab.Folder, "control-token"));
        _lab.Server.AddQueue("big.example/v1", 1);
        Write("ca.pem", _authority.Pem);
        Write("key", PortLab.ApiKey);
        Write("client", $"# the server that is usually meant\nserver {Https}\nca-file ca.pem   # relative to this file\napi-key-file key\n");

        Assert.Equal((0, ""), (await RunAsync("pause", "queue", "big.example/v1"), Error));

        Assert.Equal(1, await RunAsync("resume", "queue", "big.example/v1", "--server", _lab.Origin));
        Assert.Contains("control-token", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sever http://127.0.0.1:8080\n", "client:1: a line has a name and a value; the names are server, ca-file, api-key-file and config")]
    [InlineData("server 127.0.0.1:8080\napi-key-file absent\n", "absent cannot be read")]
    [InlineData("api-key-file absent\n", "client has api-key-file and does not say for which server: add a line such as server http://")]
    [InlineData("server ftp://x\n", "client: server needs an address such as")]
    public async Task A_slip_in_the_client_file_is_named_with_its_place(string text, string sentence)
    {
        Write("client", text);

        Assert.Equal(2, await RunAsync("show", "version"));
        Assert.Contains(sentence, Error, StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync("show", "version", "--json"));
        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Contains(sentence, json.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private void Show(TestCertificate certificate)
    {
        var settings = new TlsSettings { Certificate = new CertificateFile("/mx.pem", default), Versions = TlsVersions.Usual };
        _tls = ServerTls.Open(settings, _ => certificate.Pem, _lab.Server.Time, NullLogger.Instance);
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_lab.Folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private Task<int> RunAsync(params string[] arguments) =>
        new CommandLine(new Screen(_out, _error, IsTerminal: false), _environment.GetValueOrDefault).RunAsync(arguments, TestContext.Current.CancellationToken);
}
