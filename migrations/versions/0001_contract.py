"""The contract: schema ``public`` as the platform makes it.

Frozen SQL, not the models: what the platform created does not change when our classes do.
On a database that the platform made this revision is stamped by ``lumira db adopt``.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TYPE "AudioVoice" AS ENUM ('MASCULINE', 'FEMININE')
""",
    """
CREATE TYPE "DeliveryFormat" AS ENUM ('EMAIL', 'WHATSAPP')
""",
    """
CREATE TYPE "ExpertRole" AS ENUM ('EXPERT', 'ADMIN')
""",
    """
CREATE TYPE "FileType" AS ENUM ('FACE_PHOTO', 'PALM_PHOTO')
""",
    """
CREATE TYPE "InsightCategory" AS ENUM ('SPIRITUEL', 'RELATIONS', 'MISSION', 'CREATIVITE', 'EMOTIONS', 'TRAVAIL', 'SANTE', 'FINANCE')
""",
    """
CREATE TYPE "OrderStatus" AS ENUM ('PENDING', 'PAID', 'PROCESSING', 'AWAITING_VALIDATION', 'COMPLETED', 'FAILED', 'REFUNDED')
""",
    """
CREATE TYPE "PathActionType" AS ENUM ('MANTRA', 'RITUAL', 'JOURNALING', 'MEDITATION', 'REFLECTION')
""",
    """
CREATE TYPE "ProductLevel" AS ENUM ('INITIE', 'MYSTIQUE', 'PROFOND', 'INTEGRALE')
""",
    """
CREATE TYPE "ProductOrderStatus" AS ENUM ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')
""",
    """
CREATE TYPE "ReviewStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED', 'REVISION_NEEDED')
""",
    """
CREATE TYPE "SubscriptionStatus" AS ENUM ('ACTIVE', 'INACTIVE', 'TRIAL')
""",
    """
CREATE TYPE "UserStatus" AS ENUM ('ACTIVE', 'BANNED', 'SUSPENDED')
""",
    """
CREATE TYPE "ValidationStatus" AS ENUM ('PENDING', 'APPROVED', 'REJECTED')
""",
    """
CREATE TABLE "AkashicRecord" (
    "id" text NOT NULL,
    "userId" text NOT NULL,
    "archetype" text,
    "domains" jsonb NOT NULL DEFAULT '{}'::jsonb,
    "history" jsonb NOT NULL DEFAULT '[]'::jsonb,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "AkashicRecord_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "ChatSession" (
    "id" text NOT NULL,
    "userId" text NOT NULL,
    "relatedOrderId" text,
    "title" text,
    "messages" jsonb NOT NULL DEFAULT '[]'::jsonb,
    "isActive" boolean NOT NULL DEFAULT true,
    "lastMessageAt" timestamp(3) without time zone,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "ChatSession_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "Expert" (
    "id" text NOT NULL,
    "email" text NOT NULL,
    "password" text NOT NULL,
    "name" text NOT NULL,
    "role" "ExpertRole" NOT NULL DEFAULT 'EXPERT'::"ExpertRole",
    "isActive" boolean NOT NULL DEFAULT true,
    "lastLogin" timestamp(3) without time zone,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "Expert_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "Insight" (
    "id" text NOT NULL,
    "userId" text NOT NULL,
    "orderId" text,
    "category" "InsightCategory" NOT NULL,
    "short" text NOT NULL,
    "full" text NOT NULL,
    "viewedAt" timestamp(3) without time zone,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "Insight_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "Order" (
    "id" text NOT NULL,
    "orderNumber" text NOT NULL,
    "userId" text NOT NULL,
    "userEmail" text NOT NULL,
    "userName" text,
    "level" integer NOT NULL,
    "amount" integer NOT NULL,
    "currency" text NOT NULL DEFAULT 'eur'::text,
    "status" "OrderStatus" NOT NULL DEFAULT 'PENDING'::"OrderStatus",
    "paymentIntentId" text,
    "stripeSessionId" text,
    "paidAt" timestamp(3) without time zone,
    "formData" jsonb NOT NULL,
    "clientInputs" jsonb,
    "expertPrompt" text,
    "expertInstructions" text,
    "generatedContent" jsonb,
    "errorLog" text,
    "expertReview" jsonb,
    "expertValidation" jsonb,
    "revisionCount" integer NOT NULL DEFAULT 0,
    "deliveredAt" timestamp(3) without time zone,
    "deliveryMethod" "DeliveryFormat",
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "Order_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "OrderFile" (
    "id" text NOT NULL,
    "orderId" text NOT NULL,
    "name" text NOT NULL,
    "url" text NOT NULL,
    "key" text NOT NULL,
    "contentType" text NOT NULL,
    "size" integer NOT NULL,
    "type" "FileType" NOT NULL,
    "uploadedAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "OrderFile_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "PathStep" (
    "id" text NOT NULL,
    "spiritualPathId" text NOT NULL,
    "dayNumber" integer NOT NULL,
    "title" text NOT NULL,
    "description" text NOT NULL,
    "synthesis" text NOT NULL,
    "archetype" text NOT NULL,
    "actionType" "PathActionType" NOT NULL DEFAULT 'REFLECTION'::"PathActionType",
    "ritualPrompt" text,
    "isCompleted" boolean NOT NULL DEFAULT false,
    "completedAt" timestamp(3) without time zone,
    "unlockedAt" timestamp(3) without time zone,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    "originReadingId" text,
    CONSTRAINT "PathStep_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "ProcessedEvent" (
    "id" text NOT NULL,
    "eventId" text NOT NULL,
    "eventType" text NOT NULL,
    "processedAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "data" jsonb,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "ProcessedEvent_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "Product" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "description" text NOT NULL,
    "amountCents" integer NOT NULL,
    "currency" text NOT NULL DEFAULT 'eur'::text,
    "level" "ProductLevel" NOT NULL,
    "features" text[],
    "limitedOffer" text,
    "isActive" boolean NOT NULL DEFAULT true,
    "comingSoon" boolean NOT NULL DEFAULT false,
    "metadata" jsonb,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "ProductOrder" (
    "id" text NOT NULL,
    "productId" text NOT NULL,
    "customerId" text,
    "customerEmail" text,
    "amount" integer NOT NULL,
    "currency" text NOT NULL DEFAULT 'eur'::text,
    "status" "ProductOrderStatus" NOT NULL DEFAULT 'PENDING'::"ProductOrderStatus",
    "paymentIntentId" text NOT NULL,
    "completedAt" timestamp(3) without time zone,
    "metadata" jsonb,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "ProductOrder_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "SequenceCounter" (
    "id" text NOT NULL,
    "name" text NOT NULL,
    "value" integer NOT NULL DEFAULT 0,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "SequenceCounter_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "SpiritualPath" (
    "id" text NOT NULL,
    "userId" text NOT NULL,
    "archetype" text NOT NULL,
    "synthesis" text NOT NULL,
    "keyBlockage" text,
    "startedAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completedAt" timestamp(3) without time zone,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "SpiritualPath_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "SystemSetting" (
    "id" text NOT NULL,
    "key" text NOT NULL,
    "value" text NOT NULL,
    "isEncrypted" boolean NOT NULL DEFAULT false,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "SystemSetting_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "User" (
    "id" text NOT NULL,
    "refId" text,
    "email" text NOT NULL,
    "firstName" text NOT NULL,
    "lastName" text NOT NULL,
    "phone" text,
    "dateOfBirth" timestamp(3) without time zone,
    "stripeCustomerId" text,
    "subscriptionStatus" "SubscriptionStatus" NOT NULL DEFAULT 'INACTIVE'::"SubscriptionStatus",
    "status" "UserStatus" NOT NULL DEFAULT 'ACTIVE'::"UserStatus",
    "totalOrders" integer NOT NULL DEFAULT 0,
    "lastOrderAt" timestamp(3) without time zone,
    "notes" text,
    "tags" text[],
    "source" text,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE TABLE "UserProfile" (
    "id" text NOT NULL,
    "userId" text NOT NULL,
    "birthDate" text,
    "birthTime" text,
    "birthPlace" text,
    "specificQuestion" text,
    "objective" text,
    "facePhotoUrl" text,
    "palmPhotoUrl" text,
    "highs" text,
    "lows" text,
    "strongSide" text,
    "weakSide" text,
    "strongZone" text,
    "weakZone" text,
    "deliveryStyle" text,
    "pace" integer,
    "ailments" text,
    "fears" text,
    "rituals" text,
    "profileCompleted" boolean NOT NULL DEFAULT false,
    "submittedAt" timestamp(3) without time zone,
    "createdAt" timestamp(3) without time zone NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" timestamp(3) without time zone NOT NULL,
    CONSTRAINT "UserProfile_pkey" PRIMARY KEY ("id")
)
""",
    """
CREATE INDEX "AkashicRecord_archetype_idx" ON "AkashicRecord" USING btree (archetype)
""",
    """
CREATE INDEX "AkashicRecord_userId_idx" ON "AkashicRecord" USING btree ("userId")
""",
    """
CREATE UNIQUE INDEX "AkashicRecord_userId_key" ON "AkashicRecord" USING btree ("userId")
""",
    """
CREATE INDEX "ChatSession_isActive_idx" ON "ChatSession" USING btree ("isActive")
""",
    """
CREATE INDEX "ChatSession_lastMessageAt_idx" ON "ChatSession" USING btree ("lastMessageAt" DESC)
""",
    """
CREATE INDEX "ChatSession_relatedOrderId_idx" ON "ChatSession" USING btree ("relatedOrderId")
""",
    """
CREATE INDEX "ChatSession_userId_idx" ON "ChatSession" USING btree ("userId")
""",
    """
CREATE INDEX "Expert_createdAt_idx" ON "Expert" USING btree ("createdAt" DESC)
""",
    """
CREATE UNIQUE INDEX "Expert_email_key" ON "Expert" USING btree (email)
""",
    """
CREATE INDEX "Expert_isActive_idx" ON "Expert" USING btree ("isActive")
""",
    """
CREATE INDEX "Insight_orderId_idx" ON "Insight" USING btree ("orderId")
""",
    """
CREATE UNIQUE INDEX "Insight_userId_category_key" ON "Insight" USING btree ("userId", category)
""",
    """
CREATE INDEX "Insight_userId_idx" ON "Insight" USING btree ("userId")
""",
    """
CREATE INDEX "OrderFile_orderId_idx" ON "OrderFile" USING btree ("orderId")
""",
    """
CREATE INDEX "Order_createdAt_idx" ON "Order" USING btree ("createdAt" DESC)
""",
    """
CREATE INDEX "Order_level_idx" ON "Order" USING btree (level)
""",
    """
CREATE UNIQUE INDEX "Order_orderNumber_key" ON "Order" USING btree ("orderNumber")
""",
    """
CREATE INDEX "Order_paymentIntentId_idx" ON "Order" USING btree ("paymentIntentId")
""",
    """
CREATE INDEX "Order_status_idx" ON "Order" USING btree (status)
""",
    """
CREATE INDEX "Order_userEmail_idx" ON "Order" USING btree ("userEmail")
""",
    """
CREATE INDEX "Order_userId_idx" ON "Order" USING btree ("userId")
""",
    """
CREATE INDEX "PathStep_dayNumber_idx" ON "PathStep" USING btree ("dayNumber")
""",
    """
CREATE INDEX "PathStep_isCompleted_idx" ON "PathStep" USING btree ("isCompleted")
""",
    """
CREATE INDEX "PathStep_originReadingId_idx" ON "PathStep" USING btree ("originReadingId")
""",
    """
CREATE UNIQUE INDEX "PathStep_spiritualPathId_dayNumber_key" ON "PathStep" USING btree ("spiritualPathId", "dayNumber")
""",
    """
CREATE INDEX "PathStep_spiritualPathId_idx" ON "PathStep" USING btree ("spiritualPathId")
""",
    """
CREATE INDEX "ProcessedEvent_eventId_idx" ON "ProcessedEvent" USING btree ("eventId")
""",
    """
CREATE UNIQUE INDEX "ProcessedEvent_eventId_key" ON "ProcessedEvent" USING btree ("eventId")
""",
    """
CREATE INDEX "ProductOrder_createdAt_idx" ON "ProductOrder" USING btree ("createdAt" DESC)
""",
    """
CREATE UNIQUE INDEX "ProductOrder_paymentIntentId_key" ON "ProductOrder" USING btree ("paymentIntentId")
""",
    """
CREATE INDEX "ProductOrder_productId_idx" ON "ProductOrder" USING btree ("productId")
""",
    """
CREATE INDEX "ProductOrder_status_idx" ON "ProductOrder" USING btree (status)
""",
    """
CREATE INDEX "SequenceCounter_name_idx" ON "SequenceCounter" USING btree (name)
""",
    """
CREATE UNIQUE INDEX "SequenceCounter_name_key" ON "SequenceCounter" USING btree (name)
""",
    """
CREATE INDEX "SpiritualPath_archetype_idx" ON "SpiritualPath" USING btree (archetype)
""",
    """
CREATE INDEX "SpiritualPath_userId_idx" ON "SpiritualPath" USING btree ("userId")
""",
    """
CREATE UNIQUE INDEX "SpiritualPath_userId_key" ON "SpiritualPath" USING btree ("userId")
""",
    """
CREATE UNIQUE INDEX "SystemSetting_key_key" ON "SystemSetting" USING btree (key)
""",
    """
CREATE UNIQUE INDEX "UserProfile_userId_key" ON "UserProfile" USING btree ("userId")
""",
    """
CREATE INDEX "User_createdAt_idx" ON "User" USING btree ("createdAt" DESC)
""",
    """
CREATE INDEX "User_email_idx" ON "User" USING btree (email)
""",
    """
CREATE UNIQUE INDEX "User_email_key" ON "User" USING btree (email)
""",
    """
CREATE INDEX "User_refId_idx" ON "User" USING btree ("refId")
""",
    """
CREATE UNIQUE INDEX "User_refId_key" ON "User" USING btree ("refId")
""",
    """
CREATE INDEX "User_status_idx" ON "User" USING btree (status)
""",
    """
CREATE UNIQUE INDEX "User_stripeCustomerId_key" ON "User" USING btree ("stripeCustomerId")
""",
    """
ALTER TABLE "AkashicRecord" ADD CONSTRAINT "AkashicRecord_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE CASCADE
""",
    """
ALTER TABLE "ChatSession" ADD CONSTRAINT "ChatSession_relatedOrderId_fkey" FOREIGN KEY ("relatedOrderId") REFERENCES "Order"(id) ON UPDATE CASCADE ON DELETE SET NULL
""",
    """
ALTER TABLE "ChatSession" ADD CONSTRAINT "ChatSession_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE CASCADE
""",
    """
ALTER TABLE "OrderFile" ADD CONSTRAINT "OrderFile_orderId_fkey" FOREIGN KEY ("orderId") REFERENCES "Order"(id) ON UPDATE CASCADE ON DELETE CASCADE
""",
    """
ALTER TABLE "Order" ADD CONSTRAINT "Order_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE RESTRICT
""",
    """
ALTER TABLE "PathStep" ADD CONSTRAINT "PathStep_originReadingId_fkey" FOREIGN KEY ("originReadingId") REFERENCES "Order"(id) ON UPDATE CASCADE ON DELETE SET NULL
""",
    """
ALTER TABLE "PathStep" ADD CONSTRAINT "PathStep_spiritualPathId_fkey" FOREIGN KEY ("spiritualPathId") REFERENCES "SpiritualPath"(id) ON UPDATE CASCADE ON DELETE CASCADE
""",
    """
ALTER TABLE "SpiritualPath" ADD CONSTRAINT "SpiritualPath_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE CASCADE
""",
    """
ALTER TABLE "UserProfile" ADD CONSTRAINT "UserProfile_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON UPDATE CASCADE ON DELETE RESTRICT
""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("The contract belongs to the platform: its tables are never dropped by the Desk.")
