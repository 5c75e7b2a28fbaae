// The form of a request, read whole, in time and within its bound. Static.

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Godwit.Web;

/// <summary>Reads forms.</summary>
internal static class FormBody
{
    /// <summary>Longer than a slow line needs for a usual form, shorter than a stuck client may hold a connection.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    /// <summary>Fields of one form.</summary>
    private const int MaxFields = 1024;

    /// <summary>Null when the form did not come in time or makes no sense; the reply is sent then.</summary>
    /// <param name="most">Octets, held in memory: a form may be full of secrets, and a temporary file would keep them.</param>
    public static async Task<IFormCollection?> ReadAsync(HttpContext context, TimeProvider time, int most)
    {
        using var late = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            // Read whole before it is looked at: a form that is cancelled while it is parsed cuts the connection, and nobody learns why.
            context.Request.EnableBuffering(most, most);
            await context.Request.Body.DrainAsync(either.Token);
            context.Request.Body.Position = 0;
            var bounds = new FormOptions
            {
                ValueLengthLimit = most, ValueCountLimit = MaxFields, KeyLengthLimit = 256, BufferBody = false, MemoryBufferThreshold = most,
                MultipartBodyLengthLimit = most,
            };
            return await context.Request.ReadFormAsync(bounds, context.RequestAborted);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status408RequestTimeout, "the form did not arrive in time");
        }
        catch (BadHttpRequestException error)
        {
            await RequestGate.RefuseAsync(context, error.StatusCode, $"the form cannot be read: {error.Message}");
        }
        catch (InvalidDataException error)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status400BadRequest, $"the form cannot be read: {error.Message}");
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, $"the form has more than {most} octets");
        }

        return null;
    }
}
