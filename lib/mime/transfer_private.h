/* SPDX-License-Identifier: ISC */
/* transfer_private.h - one decoder for each encoding, for transfer.c. */
#ifndef MIME_TRANSFER_PRIVATE_H
#define MIME_TRANSFER_PRIVATE_H

#include "mime/transfer.h"

/* As transfer_decode() and transfer_end(). */
size_t transfer_base64_decode(struct transfer_decoder *decoder, struct str in,
    char *out);
size_t transfer_base64_end(struct transfer_decoder *decoder, char *out);
size_t transfer_quoted_decode(struct transfer_decoder *decoder, struct str in,
    char *out);
size_t transfer_quoted_end(struct transfer_decoder *decoder, char *out);
size_t transfer_uu_decode(struct transfer_decoder *decoder, struct str in,
    char *out);
size_t transfer_uu_end(struct transfer_decoder *decoder, char *out);
size_t transfer_yenc_decode(struct transfer_decoder *decoder, struct str in,
    char *out);
size_t transfer_yenc_end(struct transfer_decoder *decoder, char *out);

/* What decoder->held has room for. */
#define TRANSFER_HELD_MAX 255

#endif
