using System.Text.Json;
using Godwit.Control;
using Godwit.Tests.Dkim;
using Godwit.Tests.Peers;
using Godwit.Tests.Support;

namespace Godwit.Tests.Control;

public sealed class KeygenCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-keygen-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2048, "rsa-sha256", "--bits=2048")]
    [InlineData(1024, "rsa-sha256", "--bits", "1024")]
    [InlineData(256, "ed25519-sha256", "--ed25519")]
    public void What_it_prints_verifies_what_its_key_signs(int bits, string algorithm, params string[] options)
    {
        string file = Path.Combine(_folder, "key.pem");

        (int code, string said, _) = Run(["Brand.example", "s1", .. options, "--file", file, "--json"]);

        JsonElement told = JsonDocument.Parse(said).RootElement.GetProperty("data");
        Assert.Equal(0, code);
        Assert.Equal("s1._domainkey.brand.example", told.GetProperty("name").GetString());
        var desk = new SigningDesk(told.GetProperty("configuration").GetString() + "\n", (file, File.ReadAllText(file)));
        JudgedSignature verdict = Assert.Single(PlainDkim.Judge(desk.Sign(SigningDesk.Letter), (_, _) => told.GetProperty("record").GetString()!));
        Assert.Equal($"{algorithm} d=brand.example s=s1 i=ann@brand.example: pass", verdict.ToString());
        Assert.InRange(told.GetProperty("record").GetString()!.Length, bits / 8, bits);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void It_says_what_to_publish_in_strings_that_DNS_takes_and_what_to_configure()
    {
        string file = Path.Combine(_folder, "a key.pem");

        (_, string said, _) = Run(["brand.example", "s1", $"--file={file}"]);

        string[] strings = [.. said.Split('"').Where((_, i) => i % 2 == 1)];
        Assert.All(strings[..2], part => Assert.InRange(part.Length, 1, 255));
        Assert.StartsWith("v=DKIM1; k=rsa; p=MII", strings[0], StringComparison.Ordinal);
        Assert.Contains("s1._domainkey.brand.example. IN TXT ( \"", said, StringComparison.Ordinal);
        Assert.Contains($"domain-key s1, brand.example, \"{file}\"", said, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllLines(file)[3], said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_exists_is_left_alone()
    {
        string file = Path.Combine(_folder, "key.pem");
        File.WriteAllText(file, "the key in use");

        (int code, string said, string error) = Run(["brand.example", "s1", "--file", file]);

        Assert.Equal((1, "", "the key in use"), (code, said, File.ReadAllText(file)));
        Assert.Equal($"godwit keygen: {file} exists; it may be a key in use, so it is left as it is\n", error);
    }

    [Fact]
    public async Task A_full_disk_is_named_and_no_half_key_stays_behind()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(megabytes: 1);
        await disk.FillAsync(leaveMegabytes: 0);
        await using (var rest = new FileStream(Path.Combine(disk.Path, "rest"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            Assert.Throws<IOException>(() => Fill(rest));
        }

        string file = Path.Combine(disk.Path, "key.pem");
        (int code, string said, string error) = Run(["brand.example", "s1", "--file", file]);

        Assert.Equal((1, ""), (code, said));
        Assert.StartsWith($"godwit keygen: {file} cannot be written: ", error, StringComparison.Ordinal);
        Assert.Contains("No space left", error, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(file));

        static void Fill(FileStream rest)
        {
            for (int i = 0; i < 1024; i++)
            {
                rest.Write(new byte[1024]);
            }
        }
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.Contains($"{_folder}/none/key.pem cannot be written: ", Run(["brand.example", "s1", "--file", $"{_folder}/none/key.pem"]).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("takes a domain and a selector")]
    [InlineData("takes a domain and a selector", "brand.example")]
    [InlineData("\"brand example\" is no domain such as example.com", "brand example", "s1")]
    [InlineData("\"s 1\" is no selector such as s1: letters, digits and hyphens", "brand.example", "s 1")]
    [InlineData("--bits takes a number from 1024 to 4096, a multiple of 8", "brand.example", "s1", "--bits", "512")]
    [InlineData("--bits takes a number from 1024 to 4096, a multiple of 8", "brand.example", "s1", "--bits")]
    [InlineData("--bits is for RSA keys; an Ed25519 key has always 256", "brand.example", "s1", "--bits", "2048", "--ed25519")]
    [InlineData("does not know --rsa", "brand.example", "s1", "--rsa")]
    public void A_slip_is_named_and_nothing_is_made(string fault, params string[] words)
    {
        (int code, _, string error) = Run(words);

        Assert.Equal(2, code);
        Assert.StartsWith($"godwit keygen: {fault}\nusage: ", error, StringComparison.Ordinal);
    }

    private static (int Code, string Said, string Error) Run(string[] words)
    {
        var output = new StringWriter { NewLine = "\n" };
        var error = new StringWriter { NewLine = "\n" };
        int code = KeygenCommand.Run(words, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
