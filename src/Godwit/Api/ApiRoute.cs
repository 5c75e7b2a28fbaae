using Godwit.Settings;

namespace Godwit.Api;

/// <summary>What a parameter's value may be.</summary>
internal enum ParameterForm : byte
{
    Text,
    Number,
    Flag,

    /// <summary>A part of the address.</summary>
    Segment,
}

/// <summary>A parameter of a route, as it is documented.</summary>
/// <param name="Words">The values that there are; empty when any may come.</param>
internal sealed record ApiParameter(string Name, string Description, ParameterForm Form = ParameterForm.Text, params string[] Words);

/// <summary>One route of the API: everything that is registered, checked and documented about it.</summary>
/// <param name="Method">GET, POST, PUT, DELETE.</param>
/// <param name="Path">Below /api/v1.</param>
/// <param name="Level">Who may.</param>
/// <param name="Summary">What it gives or does, in one sentence.</param>
internal sealed record ApiRoute(string Method, string Path, AccessLevel Level, string Summary, Func<ApiCall, Task<ApiAnswer>> Run)
{
    public const string Root = "/api/v1";

    /// <summary>A body of an ordinary request: some hundred characters.</summary>
    private const int UsualBody = 16 * 1024;

    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>What the request carries; null for nothing.</summary>
    public Type? Body { get; init; }

    /// <summary>Members that must be in the body; the others may be left out.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    public int MostOctets { get; init; } = UsualBody;

    /// <summary>What the answer holds; null for nothing, or for a stream of events.</summary>
    public Type? Answer { get; init; }

    public int Status { get; init; } = 200;

    /// <summary>The answer is a text/event-stream.</summary>
    public bool IsStream { get; init; }

    /// <summary>The route asks by itself whether a change may be made.</summary>
    public bool JudgesChanges { get; init; }

    /// <summary>Statuses of errors that are particular to it, each with its meaning.</summary>
    public IReadOnlyList<(int Status, string Meaning)> Problems { get; init; } = [];

    /// <summary>The first word of the path: what it is about.</summary>
    public string Tag => Path.Split('/')[1];

    /// <summary>A name for clients that are generated: <c>getQueuesDomainVmta</c>.</summary>
    public string Id => Method.ToLowerInvariant() + string.Concat(
        Path.Split(['/', '{', '}', '-', '.'], StringSplitOptions.RemoveEmptyEntries).Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));
}
