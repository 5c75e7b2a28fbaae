// Waits for what another process or thread will bring about, where nothing can be awaited. Bounded: a test that waits in vain fails and says for what.

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Godwit.Tests.Support;

internal static class Eventually
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(20);

    public static Task TrueAsync(Func<bool> condition, TimeSpan timeout, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        TrueAsync(condition, timeout, () => what);

    /// <param name="what">What was waited for, and how things stand: asked for when the time is over.</param>
    public static async Task TrueAsync(Func<bool> condition, TimeSpan timeout, Func<string> what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                Assert.Fail($"waited {timeout.TotalSeconds:0.#} s in vain for: {what()}");
            }

            await Task.Delay(_step, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
