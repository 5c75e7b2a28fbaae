using Godwit.Control;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>No output of a check holds a secret, however its owner wrote it.</summary>
public sealed class SecretTextTests
{
    private const string Secret = "hunter2Zq9";

    public static TheoryData<string> SecretNames => [.. DirectiveTable.All.Where(d => d.Secret).Select(d => d.Name).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(SecretNames))]
    public void A_secret_is_not_told_in_any_block(string name)
    {
        string[] lines =
        [
            $"{name} {Secret}", $"{name.ToUpperInvariant()}\t{Secret}", $"{name} \"{Secret}\"", $"{name} \"{Secret}", $"{name} \"{Secret}\" x", $"{name} x {Secret}",
            $"{name}={Secret}", $"{name} = {Secret}", $"{name}:{Secret}", $"{name}\"{Secret}\"", $"{name} {Secret}\0", $"{name} {Secret} # {Secret}", $"{name}\n{Secret}",
            $"{name}\n\n  {Secret}", $"max-smtp-out 5 {name} {Secret}", $"max-smtp-outt 5 {name} {Secret}", $"smtp-user joe {name} {Secret}",
        ];
        foreach (BlockRule? block in BlockTable.All.Prepend(null))
        {
            foreach (string line in lines)
            {
                Check(block is null ? line : $"<{block.Tag} x>\n{line}\n</{block.Tag}>");
            }
        }
    }

    [Theory]
    [MemberData(nameof(SecretNames))]
    public void A_secret_is_not_told_when_its_name_is_mistyped(string name)
    {
        var wrong = new List<string> { name.Replace('-', '_'), name.Replace("-", "", StringComparison.Ordinal), name + "s", "my-" + name, name + "-1" };
        for (int i = 0; i < name.Length; i++)
        {
            wrong.Add(name.Remove(i, 1));
            wrong.Add(name.Insert(i, name[i..(i + 1)]));
            wrong.Add(i + 1 < name.Length ? $"{name[..i]}{name[i + 1]}{name[i]}{name[(i + 2)..]}" : name);
        }

        foreach (string word in wrong)
        {
            Check($"{word} {Secret}");
            Check($"{word}={Secret}");
            Check($"<domain *>\n{word} \"{Secret}\n</domain>");
            Check($"<smtp-user joe> {word} {Secret}\n</smtp-user>");
        }
    }

    [Theory]
    [MemberData(nameof(SecretNames))]
    public void A_secret_is_not_told_when_other_languages_are_spoken(string name)
    {
        Check($"<{name}>{Secret}</{name}>");
        Check($"<smtp-user>\n  <{name}>{Secret}</{name}>\n</smtp-user>");
        Check($"<{name} {Secret}>");
        Check($"<{name}={Secret}>");
        Check($"<smtp-user joe {name}={Secret}>\n</smtp-user>");
        Check($"<smtp-user joe {name}=\"{Secret}\">\n</smtp-user>");
        Check($"smtp-user joe {{ {name} {Secret} }}");
        Check($"max-smtp-out 1\r{name} {Secret}\rpostmaster x");
        Check($"<domain *>\n  command \"send --{name}={Secret}\"\n</domain>");
    }

    [Fact]
    public void A_password_in_a_URL_is_not_told()
    {
        Check($"include https://us:{Secret}@config.example/pmta");
        Check($"<vault>\n  server-url https://us:{Secret}@vault.example:8200\n</vault>");
        Check($"<acct-file /x.csv>\n  http-webhook-url https://us:{Secret}@hook.example/x?y\n</acct-file>");
        Check($"<domain *>\n  smtp-hosts smtp://us:{Secret}@relay.example\n</domain>");
        Check($"https://us:{Secret}@relay.example 1");
    }

    [Fact]
    public void A_pasted_key_is_not_told()
    {
        const string Line = "MIIEpAIBAAKCAQEAx3Qk9vT1s0hunter2Zq9mLrYw7eBz5nUaPd4fGjKc8oRtVbX";
        Check($"domain-key s1, example.com, -----BEGIN RSA PRIVATE KEY-----\n{Line}\n{Line}\n{Secret}==\n-----END RSA PRIVATE KEY-----");
        Check($"<domain-key-list x>\n-----BEGIN PRIVATE KEY-----\n{Secret}\n</domain-key-list>");
        Check($"smtp-hosts {Line}");
    }

    [Theory]
    [InlineData("domain-key s1, example.com, /etc/pmta/key.pem")]
    [InlineData("  reply /bad password given/ mode=backoff")]
    [InlineData("smtp-hosts key.example, token.example:25")]
    [InlineData("virtual-mta Marketing2024Pool")]
    [InlineData("process-x-dkim-key no")]
    [InlineData("include https://config.example/user@name/pmta")]
    [InlineData("http-tls-certificate /etc/godwit/mx.pem")]
    [InlineData("  SMTP-client-certificate\t\"/etc/my certs/mx.pem\"")]
    public void What_is_no_secret_is_shown(string line) => Assert.Equal(line, SecretText.Line(line));

    [Theory]
    [InlineData("http-tls-certificate /etc/mx.pem hunter2", "http-tls-certificate /etc/mx.pem ******")]
    [InlineData("tls-certificate \"/etc/my certs/mx.pem\" # hunter2", "tls-certificate \"/etc/my certs/mx.pem\" ******")]
    [InlineData("tls-certificate hunter2 /etc/mx.pem", "tls-certificate ******")]
    [InlineData("tls-certificate \"/etc/mx.pem hunter2", "tls-certificate ******")]
    [InlineData("tls-certificate=/etc/mx.pem", "tls-certificate ******")]
    public void The_path_before_a_password_is_shown_and_the_password_is_not(string line, string shown) => Assert.Equal(shown, SecretText.Line(line));

    private static void Check(string text)
    {
        ConfigLoad load = ConfigFile.LoadText("spool /x\npostmaster a@example.com\n" + text + "\n");
        string told = string.Join('\n', [.. ConfigReport.Lines(load), .. ConfigReport.Lines(load, colour: true), System.Text.Encoding.UTF8.GetString(new CheckedConfigReport(load).Write(ReportFormat.Json).Span),
            .. load.Problems.Select(p => p.ToString()), .. load.Tally.NotYetNames.Keys, .. load.Tally.UnknownNames, .. load.Tally.WithoutEffect.Values]);
        Assert.False(told.Contains(Secret, StringComparison.OrdinalIgnoreCase), $"{text}\n\n{told}");
    }
}
