using Godwit.Cli;
using ServerHash = Godwit.Settings.PasswordHash;

namespace Godwit.Tests.Cli;

public sealed class HashPasswordTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task The_printed_value_is_one_that_the_server_takes_for_this_password()
    {
        Assert.Equal(0, await RunAsync(["p\u00e4ssword # 1"], "hash-password", "--iterations=5000"));

        Assert.True(ServerHash.TryRead(_out.ToString().TrimEnd('\n'), out ServerHash? hash, out string fault), fault);
        Assert.Equal(5000, hash!.Iterations);
        Assert.Equal(hash.Hash.ToArray(), ServerHash.Derive("p\u00e4ssword # 1"u8, hash.Salt.Span, 5000));
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task A_person_types_it_twice()
    {
        Assert.Equal(1, await RunAsync(["pencil", "pencli"], "hash-password"));
        Assert.Contains("not the same", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(["pencil", "pencil"], "hash-password", "--iterations", "4096"));
        Assert.StartsWith("{pbkdf2}4096$", _out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("tab\there")]
    public async Task A_password_that_nobody_could_use_is_refused(string? password)
    {
        Assert.Equal(1, await RunAsync([password], "hash-password"));
        Assert.Equal("", _out.ToString());
    }

    [Fact]
    public async Task A_password_on_the_command_line_is_refused_and_not_repeated()
    {
        Assert.Equal(2, await RunAsync([], "hash-password", "hunter2hunter2"));
        Assert.Contains("standard input", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("many")]
    [InlineData("99999999")]
    public async Task Iterations_have_bounds(string number)
    {
        Assert.Equal(2, await RunAsync(["pencil"], "hash-password", "--iterations", number));
        Assert.Contains("from 4096 to", _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(string?[] typed, params string[] arguments)
    {
        var answers = new Queue<string?>(typed);
        var screen = new Screen(_out, _error, false) { AskSecret = _ => answers.TryDequeue(out string? answer) ? answer : null, AsksPerson = typed.Length > 1 };
        return new CommandLine(screen, _ => null).RunAsync(arguments, TestContext.Current.CancellationToken);
    }
}
