using System.Text.Json.Serialization.Metadata;

namespace Godwit.Api;

/// <summary>What a route answers: a value, a refusal with a sentence for the operator, or nothing.</summary>
internal sealed record ApiAnswer
{
    private ApiAnswer()
    {
    }

    /// <summary>Done, and there is nothing to say.</summary>
    public static ApiAnswer Nothing { get; } = new() { Status = 204 };

    /// <summary>The route has written its answer by itself.</summary>
    public static ApiAnswer Written { get; } = new() { Status = 0 };

    public int Status { get; private init; }

    public object? Value { get; private init; }

    public JsonTypeInfo? Type { get; private init; }

    /// <summary>What is wrong and what to do; empty when nothing is.</summary>
    public string Problem { get; private init; } = "";

    /// <summary>Where what was begun is to be seen; empty when nowhere.</summary>
    public string Location { get; private init; } = "";

    public static ApiAnswer Of<T>(T value, JsonTypeInfo<T> type, int status = 200, string location = "") =>
        new() { Status = status, Value = value, Type = type, Location = location };

    /// <param name="status">4xx or 5xx.</param>
    /// <param name="detail">What is wrong and what to do: a sentence.</param>
    public static ApiAnswer Refuse(int status, string detail) => new() { Status = status, Problem = detail };

    public static ApiAnswer NotFound(string detail) => Refuse(404, detail);
}
